"""Gives how far behind each peer was, hour by hour over the last week.

Not a verb: the list of peers shows it. How far behind: for how long, before a reading, the peer had not been read to
its end. What became visible there in that time was not here yet, whether anything did or not.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.stores import subscribing
from comity.stores.subscribing import HOUR_MS, LAG_HOURS, NamedSubscription
from comity.values import Instant, iso

HOURS = LAG_HOURS


class LagPoint(msgspec.Struct, frozen=True, kw_only=True):
    """An hour in which a peer was tried: how far behind it was at most; none before it was first read to its end."""

    hour: str
    behind_s: int | None
    objects: int
    tries: int
    failures: int


class PeerLag(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of one collection, the oldest first; those in which nothing was tried are left out."""

    party: str
    number: int
    hours: tuple[LagPoint, ...]


def first_hour(now: Instant) -> Instant:
    """Give the beginning of the first hour that is shown at an instant."""
    return Instant(now - now % HOUR_MS - (HOURS - 1) * HOUR_MS)


def lags_of(tx: Connection, read: Sequence[NamedSubscription], now: Instant) -> tuple[PeerLag, ...]:
    """Give the last week of these collections; of one that has none yet, none."""
    found = subscribing.lags_since(tx, first_hour(now))
    return tuple(
        PeerLag(
            party=named.party,
            number=named.row.no,
            hours=tuple(
                LagPoint(
                    hour=iso(Instant(one.hour_ms)),
                    behind_s=None if one.behind_ms is None else one.behind_ms // 1_000,
                    objects=one.objects,
                    tries=one.tries,
                    failures=one.failures,
                )
                for one in found[named.row.no]
            ),
        )
        for named in read
        if named.row.no in found
    )
