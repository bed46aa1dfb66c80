"""Keeps what this node reads from others: where, how far it has come, and how it went the last time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, bindparam, delete, func, insert, null, select, update

from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.federation_tables import clock_skews, peer_lags, subscriptions
from comity.stores.tables import parties
from comity.values import Instant

LONGEST_ERROR = 500
HOUR_MS, LAG_HOURS = 3_600_000, 7 * 24  # of each subscription as many rows at most


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


class LagHour(NamedTuple):
    """An hour of a subscription: how long before a reading it had last been read to its end, at most in that hour."""

    subscription_no: int
    hour_ms: int
    behind_ms: int | None
    objects: int
    tries: int
    failures: int


class NamedSubscription(NamedTuple):
    """A subscription with the short name of its party."""

    party: str
    row: Subscription


_COLUMNS = [subscriptions.c[name] for name in Subscription._fields]
_AT = subscriptions.c.no == bindparam("at", type_=Integer)
_ONE = select(*_COLUMNS).where(_AT)
_ALL = (
    select(parties.c.name, *_COLUMNS)
    .join(parties, parties.c.no == subscriptions.c.party_no)
    .order_by(parties.c.name, subscriptions.c.no)
)
_ADVANCE = (
    update(subscriptions)
    .where(_AT, subscriptions.c.cursor == bindparam("before"))
    .values(cursor=bindparam("after"), objects=subscriptions.c.objects + bindparam("more", type_=BigInteger))
)
_NOW = bindparam("now", type_=BigInteger)
_SUCCEED = (
    update(subscriptions)
    .where(_AT)
    .values(tried_ms=_NOW, synced_ms=_NOW, due_ms=bindparam("then", type_=BigInteger), failures=0, last_error=null())
)
_PUT_SKEW, _SKEW_AT = insert(clock_skews), clock_skews.c.subscription_no == bindparam("at", type_=Integer)
_SKEW = select(clock_skews.c.skew_ms).where(_SKEW_AT)
_CHANGE_SKEW = update(clock_skews).where(_SKEW_AT).values(skew_ms=bindparam("ahead", type_=BigInteger))


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
    tx.execute(delete(peer_lags).where(peer_lags.c.subscription_no == no))


def all_subscriptions(tx: Connection) -> list[NamedSubscription]:
    """Give every subscription, by party and number."""
    return [NamedSubscription(row[0], _subscription(row[1:])) for row in rows_of(tx, _ALL)]


def subscription(tx: Connection, no: int) -> Subscription | None:
    """Give a subscription by its number."""
    row = row_of(tx, _ONE, at=no)
    return None if row is None else _subscription(row)


def _subscription(row: Sequence[Any]) -> Subscription:
    return Subscription._make((*row[:5], bool(row[5]), *row[6:]))


def advance(tx: Connection, before: Subscription, cursor: str, objects: int) -> bool:
    """Move on by a page; False if another has moved this subscription meanwhile: its page must not count twice."""
    return bool(changed_by(tx, _ADVANCE, at=before.no, before=before.cursor, after=cursor, more=objects))


def note_success(tx: Connection, no: int, now: Instant, due: Instant) -> None:
    """Note that a subscription is read to its end, and when it is to be read again."""
    changed_by(tx, _SUCCEED, at=no, now=now, then=due)


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
    if not changed_by(tx, _CHANGE_SKEW, at=no, ahead=skew_ms):
        changed_by(tx, _PUT_SKEW, subscription_no=no, skew_ms=skew_ms)


def skew_of(tx: Connection, no: int) -> int | None:
    """Give by how many milliseconds a peer's clock was ahead of ours; None if it has said nothing yet."""
    row = row_of(tx, _SKEW, at=no)
    return None if row is None else int(row[0])


def note_lag(tx: Connection, no: int, behind_ms: int | None, objects: int, now: Instant, *, failed: bool) -> None:
    """Count a reading into its hour; an hour that begins drops those of a week ago."""
    g, hour = peer_lags.c, int(now) - int(now) % HOUR_MS
    here = (g.subscription_no == no, g.hour_ms == hour)
    said = {"objects": g.objects + objects, "tries": g.tries + 1, "failures": g.failures + int(failed)}
    there = tx.execute(select(g.behind_ms).where(*here)).first()
    if there is not None:
        most = max((one for one in (there[0], behind_ms) if one is not None), default=None)
        tx.execute(update(peer_lags).where(*here).values(behind_ms=most, **said))
        return
    tx.execute(delete(peer_lags).where(g.subscription_no == no, g.hour_ms <= hour - LAG_HOURS * HOUR_MS))
    row = LagHour(no, hour, behind_ms, objects, 1, int(failed))
    tx.execute(insert(peer_lags).values(row._asdict()))


def lags_since(tx: Connection, since: Instant) -> dict[int, list[LagHour]]:
    """Give the hours of each subscription from an instant on, in their order."""
    g, found = peer_lags.c, dict[int, list[LagHour]]()
    rows = tx.execute(select(peer_lags).where(g.hour_ms >= since).order_by(g.subscription_no, g.hour_ms))
    for row in rows:
        found.setdefault(row[0], []).append(LagHour(*row))
    return found


def set_paused(tx: Connection, no: int, now: Instant, *, paused: bool) -> None:
    """Rest a subscription, or take it up again at once."""
    tx.execute(update(subscriptions).where(subscriptions.c.no == no).values(paused=paused, due_ms=now))
