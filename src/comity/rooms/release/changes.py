"""Decides which clauses begin or stop to be operational here within a time, by what is known now."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from comity.rooms.release.agreements import said
from comity.rooms.release.clauses import Clause
from comity.rooms.release.standing import Standing, next_change, operational
from comity.values import Instant, PartyName

_MOST_MOMENTS = 200


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """A clause begins or stops at an instant; `text` in English or the first language of the agreement."""

    at: Instant
    what: Literal["begins", "stops"]
    agreement: str
    title: str
    article: str
    text: str


def coming_changes(standings: Iterable[Standing], me: PartyName, now: Instant, until: Instant) -> tuple[Coming, ...]:
    """Give what changes after `now` and not after `until`, in order of time."""
    found: list[Coming] = []
    for standing in standings:
        works, moment = _working(standing, me, now), next_change([standing], now)
        for _ in range(_MOST_MOMENTS):
            if moment is None or moment > until:
                break
            then = _working(standing, me, moment)
            found += [_coming(standing, moment, "stops", works[one]) for one in works if one not in then]
            found += [_coming(standing, moment, "begins", then[one]) for one in then if one not in works]
            works, moment = then, next_change([standing], moment)
    return tuple(sorted(found, key=lambda one: (one.at, one.agreement)))


def _working(standing: Standing, me: PartyName, at: Instant) -> dict[str, Clause]:
    return {one.clause.id: one.clause for one in operational(standing, me, at)}


def _coming(standing: Standing, at: Instant, what: Literal["begins", "stops"], clause: Clause) -> Coming:
    agreement = standing.agreement
    return Coming(
        at=at,
        what=what,
        agreement=agreement.id,
        title=said(agreement.title),
        article=clause.article,
        text=said(clause.text),
    )
