"""What the TAXII door keeps between requests: the node, the threads it may use, counts and failed sign-ins."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import ParamSpec, TypeVar

import anyio

from comity.desk.node_type import Node
from comity.errors import Busy
from comity.taxii.forwarded import networks
from comity.taxii.metrics import Metrics
from comity.taxii.throttle import Throttle

READING_THREADS = 8
WRITING_THREADS = 2  # one store writer; a second may already read the next body
MOST_WAITING = 256
_TOO_MANY = "too many requests wait"

P = ParamSpec("P")
T = TypeVar("T")


class Door:
    """One for each application; used from the event loop only."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.trusted: tuple[IPv4Network | IPv6Network, ...] = networks(node.settings.trusted_proxies)
        self.throttle = Throttle(node.settings.login_attempts_per_minute)
        self.metrics = Metrics()
        self._reading = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="reading")
        self._asked = 0  # of the threads that read, by requests that are not answered yet
        self._writing = anyio.CapacityLimiter(WRITING_THREADS)

    async def reading(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb that reads in a thread, so that a slow one holds up nobody else.

        Raises:
            Busy: too many wait already.
        """
        if self._asked >= READING_THREADS + MOST_WAITING:
            raise Busy(_TOO_MANY)
        self._asked += 1
        try:
            # Of asyncio itself: the limiter and the rounds of the loop that anyio adds cost as much again.
            return await asyncio.get_running_loop().run_in_executor(self._reading, partial(verb, *args, **kwargs))
        finally:
            self._asked -= 1

    async def looking_up(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb that reads one row by its key: at once beside SQLite, where that is quicker than another thread.

        Raises:
            Busy: too many wait already.
        """
        if self.node.store.dialect == "sqlite":
            return verb(*args, **kwargs)
        return await self.reading(verb, *args, **kwargs)

    async def writing(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb that writes; writers wait for each other, not readers for writers."""
        if self._writing.statistics().tasks_waiting >= MOST_WAITING:
            raise Busy(_TOO_MANY)
        return await anyio.to_thread.run_sync(partial(verb, *args, **kwargs), limiter=self._writing)
