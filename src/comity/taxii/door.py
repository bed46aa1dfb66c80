"""What the TAXII door keeps between requests: the node, the threads it may use, counts and failed sign-ins."""

from collections.abc import Callable
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

P = ParamSpec("P")
T = TypeVar("T")


class Door:
    """One for each application; used from the event loop only."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.trusted: tuple[IPv4Network | IPv6Network, ...] = networks(node.settings.trusted_proxies)
        self.throttle = Throttle(node.settings.login_attempts_per_minute)
        self.metrics = Metrics()
        self._reading = anyio.CapacityLimiter(READING_THREADS)
        self._writing = anyio.CapacityLimiter(WRITING_THREADS)

    async def reading(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb that reads in a thread, so that a slow one holds up nobody else.

        Raises:
            Busy: too many wait already.
        """
        return await _in_thread(self._reading, lambda: verb(*args, **kwargs))

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
        return await _in_thread(self._writing, lambda: verb(*args, **kwargs))


async def _in_thread(limiter: anyio.CapacityLimiter, call: Callable[[], T]) -> T:
    if limiter.statistics().tasks_waiting >= MOST_WAITING:
        raise Busy("too many requests wait")
    return await anyio.to_thread.run_sync(call, limiter=limiter)
