"""Tells peers that something new is stated to them, so that they need not wait for their next look.

Not a verb: the scheduler does it. A hint is an empty request, signed in by the login with which we read there. It
is sent after statements, at most every five seconds to one party; if it is lost, the peer reads in its time as before.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from comity.desk.node_type import Node
from comity.desk.peers import base_of, outbound_to
from comity.errors import ComityError, NotFound
from comity.stores import hinting, subscribing
from comity.stores.subscribing import NamedSubscription
from comity.wire.hint_client import post_hint
from comity.wire.logins import read_login

EVERY_S = 5.0
FAILED_S = 60.0
REFUSED_S = 3600.0  # a server that knows no hints, or not from us
AT_ONCE = 2
log = logging.getLogger("comity.hints")


class Hinter:
    """Whom was told how far. State kept consistent: used from one thread only; forgotten with the process."""

    def __init__(self, node: Node, pool: ThreadPoolExecutor) -> None:
        self._node, self._pool = node, pool
        self._told: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}
        self._sending: dict[str, Future[float]] = {}

    def look(self) -> None:
        """Send a hint to each peer for whom something was stated since the last one."""
        now = time.monotonic()
        self._gather(now)
        with self._node.store.read() as tx:
            streams, lines = hinting.stated_streams(tx), _lines(subscribing.all_subscriptions(tx))
        for stream in streams:
            party, named = stream.party, lines.get(stream.party)
            is_new = stream.upto_ms > self._told.get(party, -1)
            if named and is_new and party not in self._sending and now >= self._rests_until.get(party, 0.0):
                self._told[party] = stream.upto_ms
                self._sending[party] = self._pool.submit(send_hint, self._node, named)

    def _gather(self, now: float) -> None:
        for party, sending in list(self._sending.items()):
            if sending.done():
                del self._sending[party]
                rest = sending.result()
                self._rests_until[party] = now + rest
                if rest != EVERY_S:
                    del self._told[party]


def send_hint(node: Node, named: NamedSubscription) -> float:
    """Send a hint; gives for how many seconds none is sent from then on."""
    try:
        url = f"{base_of(named.row.url)}/hint"
        way = outbound_to(node, named.row.party_no, named.row.url)
        post_hint(way, url, read_login(Path(node.folder), named.row.no))
    except NotFound:
        return REFUSED_S
    except ComityError:
        log.debug("a hint was not taken", exc_info=True)
        return FAILED_S
    return EVERY_S


def _lines(subscriptions: list[NamedSubscription]) -> dict[str, NamedSubscription]:
    """Give one subscription for each party: its login is the one that we have there."""
    return {named.party: named for named in reversed(subscriptions)}
