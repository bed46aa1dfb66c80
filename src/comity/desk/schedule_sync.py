"""Reads from each peer in its time, while the node is served: a few parties beside each other, each for a while only.

Not a verb. A party that is slow, or has much, gives its place up when its time is over, and goes on after the others.
One place is never taken by those who needed their whole time before, so a few slow peers leave the others theirs.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from comity.desk import send_hints
from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.send_hints import Hinter
from comity.desk.sync_peers import AT_ONCE, SyncPeersRequest, due_parties, sync_peers
from comity.desk.verb import Progress, Report
from comity.errors import ComityError

LOOK_EVERY_S = 1.0
WITHIN_S = 30  # of one reading; a page that was asked for before still comes, for a minute at most
SLOW_S = 10.0
SCHEDULER = Actor(name="scheduler", role="operator", via="node")
log = logging.getLogger("comity.sync")


class Stopped(Exception):
    """The server ends while it reads from a peer; what was kept stays."""


class Scheduler:
    """Who is being read from now, and who took long. State kept consistent: used from one thread only."""

    def __init__(self, node: Node, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        self._node, self._pool, self._stop = node, pool, stop
        self._running: dict[str, Future[float]] = {}
        self._slow: set[str] = set()

    def look(self) -> None:
        """Begin to read from those whose time has come, as far as there are places."""
        for party, reading in list(self._running.items()):
            if reading.done():
                del self._running[party]
                (self._slow.add if reading.result() >= SLOW_S else self._slow.discard)(party)
        for party in due_parties(self._node):
            if party not in self._running and self._has_place(party):
                self._running[party] = self._pool.submit(self._read, party)

    def _has_place(self, party: str) -> bool:
        slow = len(self._slow & self._running.keys())
        return len(self._running) < AT_ONCE and (party not in self._slow or slow < AT_ONCE - 1)

    def _read(self, party: str) -> float:
        """Read from a party; gives the seconds that it took."""
        began = time.monotonic()
        try:
            request = SyncPeersRequest(party=party, due_only=True, within_s=WITHIN_S)
            sync_peers(self._node, SCHEDULER, request, progress=_until(self._stop))
        except (ComityError, Stopped):
            log.info("reading from a peer stopped early", exc_info=True)
        except Exception:
            log.exception("reading from a peer failed; it is tried again")
        return time.monotonic() - began


def run_scheduler(node: Node, stop: threading.Event) -> None:
    """Look every second whose time has come and whom to hint at what is new, until told to stop.

    Then it waits for those that are being read from.
    """
    with ThreadPoolExecutor(AT_ONCE, "sync") as pool, ThreadPoolExecutor(send_hints.AT_ONCE, "hint") as hints:
        scheduler, hinter = Scheduler(node, pool, stop), Hinter(node, hints)
        while not stop.wait(LOOK_EVERY_S):
            try:
                scheduler.look()
                hinter.look()
            except ComityError:
                log.info("peers could not be looked at; it is tried again", exc_info=True)
            except Exception:
                log.exception("the scheduler stumbled; it goes on")


def _until(stop: threading.Event) -> Report:
    def report(progress: Progress) -> None:
        if stop.is_set():
            raise Stopped

    return report
