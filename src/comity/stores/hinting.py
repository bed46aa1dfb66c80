"""Keeps when a peer is read next, brought forward by its hint, and finds what there is to hint at."""

from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, func, select, update

from comity.stores.bulk import row_of
from comity.stores.federation_tables import peers, statements, subscriptions
from comity.stores.release_tables import views
from comity.stores.stating import PEER_ACCEPTED
from comity.stores.tables import parties
from comity.values import Instant

_DUE = select(subscriptions.c.due_ms).where(subscriptions.c.no == bindparam("at", type_=Integer))


class StatedStream(NamedTuple):
    """Up to which date something is stated to a peer."""

    party: str
    upto_ms: int


def stated_streams(tx: Connection) -> list[StatedStream]:
    """Give how far the stream of each accepted peer is stated; those to whom nothing is stated yet are left out."""
    upto = (
        select(func.max(statements.c.upto_ms))
        .where(statements.c.reader_no == views.c.reader_no)
        .correlate(views)
        .scalar_subquery()
    )
    rows = tx.execute(
        select(parties.c.name, upto)
        .select_from(views)
        .join(parties, parties.c.no == views.c.reader_no)
        .join(peers, peers.c.party_no == views.c.reader_no)
        .where(peers.c.state == PEER_ACCEPTED)
        .order_by(parties.c.name)
    )
    return [StatedStream(name, upto_ms) for name, upto_ms in rows if upto_ms is not None]


def bring_forward(tx: Connection, subscription_no: int, due: Instant) -> bool:
    """Let a subscription be read earlier; False if it is read by then anyway, or rests."""
    s = subscriptions.c
    there = (s.no == subscription_no, s.due_ms > due, s.paused.is_(False))
    return bool(tx.execute(update(subscriptions).where(*there).values(due_ms=due)).rowcount)


def note_hint(tx: Connection, subscription_no: int, now: Instant) -> None:
    """Note a hint for a subscription that is due already, by when it is due: whoever reads it just now sees that."""
    s = subscriptions.c
    here = (s.no == subscription_no, s.due_ms < now, s.paused.is_(False))
    tx.execute(update(subscriptions).where(*here).values(due_ms=now))


def was_hinted(tx: Connection, subscription_no: int, due_before: int) -> bool:
    """Has a hint come since a subscription was due at this time?"""
    row = row_of(tx, _DUE, at=subscription_no)
    return row is not None and row[0] != due_before
