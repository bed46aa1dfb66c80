"""Keeps what this node reads from others: where, how far it has come, and how it went the last time."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.federation_tables import clock_skews, subscriptions
from comity.stores.tables import parties
from comity.values import Instant

LONGEST_ERROR = 500


class Subscription(NamedTuple):
    """One collection of a peer that this node reads. `cursor` is the last date as its server wrote it."""

    no: int
    party_no: int
    url: str
    inbox_url: str | None
    cursor: str
    paused: bool
    objects: int
    tried_ms: int | None
    synced_ms: int | None
    due_ms: int
    failures: int
    last_error: str | None


class NamedSubscription(NamedTuple):
    """A subscription with the short name of its party."""

    party: str
    row: Subscription


def subscribe(tx: Connection, party_no: int, url: str, inbox_url: str | None, now: Instant) -> Subscription:
    """Enter a collection to read, from its beginning, due at once."""
    no = int(tx.execute(select(func.coalesce(func.max(subscriptions.c.no), 0))).scalar_one()) + 1
    row = Subscription(no, party_no, url, inbox_url, "", False, 0, None, None, int(now), 0, None)
    tx.execute(insert(subscriptions).values(row._asdict()))
    return row


def unsubscribe(tx: Connection, no: int) -> None:
    """Take a collection out; what came from it stays."""
    tx.execute(delete(subscriptions).where(subscriptions.c.no == no))
    tx.execute(delete(clock_skews).where(clock_skews.c.subscription_no == no))


def all_subscriptions(tx: Connection) -> list[NamedSubscription]:
    """Give every subscription, by party and number."""
    statement = (
        select(parties.c.name, *subscriptions.c)
        .join(parties, parties.c.no == subscriptions.c.party_no)
        .order_by(parties.c.name, subscriptions.c.no)
    )
    return [NamedSubscription(row[0], Subscription(*row[1:])) for row in tx.execute(statement)]


def subscription(tx: Connection, no: int) -> Subscription | None:
    """Give a subscription by its number."""
    row = tx.execute(select(subscriptions).where(subscriptions.c.no == no)).first()
    return None if row is None else Subscription(*row)


def advance(tx: Connection, before: Subscription, cursor: str, objects: int) -> bool:
    """Move on by a page; False if another has moved this subscription meanwhile: its page must not count twice."""
    done = tx.execute(
        update(subscriptions)
        .where(subscriptions.c.no == before.no, subscriptions.c.cursor == before.cursor)
        .values(cursor=cursor, objects=subscriptions.c.objects + objects)
    )
    return bool(done.rowcount)


def note_success(tx: Connection, no: int, now: Instant, due: Instant) -> None:
    """Note that a subscription is read to its end, and when it is to be read again."""
    tx.execute(
        update(subscriptions)
        .where(subscriptions.c.no == no)
        .values(tried_ms=now, synced_ms=now, due_ms=due, failures=0, last_error=None)
    )


def note_part(tx: Connection, no: int, now: Instant, due: Instant) -> None:
    """Note that a part of what there is was read, and when to go on."""
    tx.execute(
        update(subscriptions)
        .where(subscriptions.c.no == no)
        .values(tried_ms=now, due_ms=due, failures=0, last_error=None)
    )


def note_failure(tx: Connection, no: int, error: str, now: Instant, due: Instant) -> None:
    """Note why a subscription could not be read, and when it is tried again."""
    tx.execute(
        update(subscriptions)
        .where(subscriptions.c.no == no)
        .values(tried_ms=now, due_ms=due, failures=subscriptions.c.failures + 1, last_error=error[:LONGEST_ERROR])
    )


def note_skew(tx: Connection, no: int, skew_ms: int) -> None:
    """Note by how much the clock of the peer that is read is ahead of ours."""
    here = update(clock_skews).where(clock_skews.c.subscription_no == no)
    if not tx.execute(here.values(skew_ms=skew_ms)).rowcount:
        tx.execute(insert(clock_skews).values(subscription_no=no, skew_ms=skew_ms))


def skew_of(tx: Connection, no: int) -> int | None:
    """Give by how many milliseconds a peer's clock was ahead of ours; None if it has said nothing yet."""
    row = tx.execute(select(clock_skews.c.skew_ms).where(clock_skews.c.subscription_no == no)).first()
    return None if row is None else int(row[0])


def set_paused(tx: Connection, no: int, now: Instant, *, paused: bool) -> None:
    """Rest a subscription, or take it up again at once."""
    tx.execute(update(subscriptions).where(subscriptions.c.no == no).values(paused=paused, due_ms=now))
