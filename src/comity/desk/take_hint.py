"""Lets a peer say that it has something new: what we read from it is then read at once instead of in its time.

A hint says nothing else and is believed in nothing else. However often it comes, a peer is not read more often by it
than every five seconds, or every minute while reading it fails.
"""

from comity.desk.node_type import Node
from comity.desk.views import ReaderActor
from comity.errors import NotFound
from comity.stores import hinting, subscribing
from comity.stores.subscribing import Subscription
from comity.values import Instant

EVERY_MS = 5_000
FAILING_EVERY_MS = 60_000
JUST_NOW_MS = 100


def take_hint(node: Node, reader: ReaderActor) -> None:
    """Read from the party of this reader as soon as may be.

    Raises:
        NotFound: nothing is read from it.
    """
    now = node.clock()
    with node.store.read() as tx:
        rows = [named.row for named in subscribing.all_subscriptions(tx) if named.party == reader.party]
    if not rows:
        raise NotFound("nothing is read from {party}", party=reader.party)
    sooner = [(row.no, due) for row in rows if (due := _due(row, now)) < row.due_ms and not row.paused]
    # What is due may be being read just now, and have passed the place already: see `hinting.was_hinted`.
    under_way = [row.no for row in rows if row.due_ms + JUST_NOW_MS <= now and not row.paused]
    if sooner or under_way:  # else a hint that comes again writes nothing
        with node.store.write() as tx:
            for no, due in sooner:
                hinting.bring_forward(tx, no, due)
            for no in under_way:
                hinting.note_hint(tx, no, now)


def _due(row: Subscription, now: Instant) -> Instant:
    rest = FAILING_EVERY_MS if row.failures else EVERY_MS
    return now if row.tried_ms is None else Instant(max(now, row.tried_ms + rest))
