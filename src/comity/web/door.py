"""What the desk's door keeps between requests: the node and its threads, failed sign-ins, and open challenges."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio

from comity.desk.node_type import Node
from comity.errors import Busy
from comity.taxii.door import Door
from comity.taxii.throttle import Throttle
from comity.web.challenges import Challenges
from comity.web.drafts import Drafts
from comity.web.listeners import Listeners
from comity.wire.oidc_client import Providers

TRIES, TRIES_WITHIN_MS = 10, 15 * 60_000
STRETCHING_THREADS = 2  # each takes 64 MiB and a core for a moment
MOST_STRETCHING = 32
CALLING_THREADS, MOST_CALLING = 4, 16  # to identity providers, which may be slow

P = ParamSpec("P")
T = TypeVar("T")


class DeskDoor:
    """One for each application; used from the event loop only. Threads and counts are those of the TAXII door."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.throttle = Throttle(TRIES, within_ms=TRIES_WITHIN_MS)
        self.drafts = Drafts()
        self.listeners = Listeners()
        self.challenges = Challenges(door.node)
        self.providers = Providers()
        self._calling = anyio.CapacityLimiter(CALLING_THREADS)
        self._called = 0  # providers that have not answered yet
        self._asked = 0  # by sign-ins that are not answered yet
        self._stretching = anyio.CapacityLimiter(STRETCHING_THREADS)

    @property
    def node(self) -> Node:
        """The node that is served."""
        return self.door.node

    async def stretching(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what stretches a password, a few at a time.

        Raises:
            Busy: too many wait already.
        """
        if self._asked >= STRETCHING_THREADS + MOST_STRETCHING:
            raise Busy("too many sign-ins wait")
        self._asked += 1
        try:
            return await anyio.to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._stretching)
        finally:
            self._asked -= 1

    async def calling(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what calls an identity provider, a few at a time, so that a slow one holds nobody else up.

        Raises:
            Busy: too many wait already.
        """
        if self._called >= CALLING_THREADS + MOST_CALLING:
            raise Busy("too many sign-ins wait")
        self._called += 1
        try:
            return await anyio.to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._calling)
        finally:
            self._called -= 1
