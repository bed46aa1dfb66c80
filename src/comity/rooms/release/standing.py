"""Decides which clauses are operational at this node now: who is bound, what is in force, which clause has begun.

An adherence makes a party bound. Until all parties have adhered, the adhering party's clauses are its unilateral
undertaking: they bind only its own releases, and open only its own material. "Operational here" is apart from "in
force": the latter is a matter of the law between the parties, the former what this node acts on.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from comity.rooms.release.agreements import Agreement
from comity.rooms.release.clauses import Clause
from comity.values import Instant, PartyName

State = Literal["suspended", "ended", "expired", "not-yet-in-force", "not-adhered", "unilateral", "operational"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement and what became of it: (party, effective from) for each adherence; when it was ended."""

    agreement: Agreement
    adherences: tuple[tuple[PartyName, Instant], ...] = ()
    ended: Instant | None = None
    suspended: bool = False


class OperationalClause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause this node acts on, with the parties it speaks of when it says "every party".

    `own_only`: a unilateral undertaking, so it opens nothing but this node's own material. `open_from`: the bound
    parties whose material a forward clause opens. `until`: when it stops being operational, as known now.
    """

    clause: Clause
    parties: tuple[PartyName, ...]
    own_only: bool = False
    open_from: tuple[PartyName, ...] = ()
    until: Instant | None = None


def bound(standing: Standing, now: Instant) -> frozenset[PartyName]:
    """Give the parties whose adherence is effective now."""
    parties = set(standing.agreement.parties)
    return frozenset(party for party, since in standing.adherences if since <= now and party in parties)


def state(standing: Standing, me: PartyName, now: Instant) -> State:
    """Say what this node makes of the agreement now; only the last two let any clause work."""
    agreement = standing.agreement
    if standing.suspended:
        return "suspended"
    if standing.ended is not None and standing.ended <= now:
        return "ended"
    if agreement.in_force_until is not None and agreement.in_force_until <= now:
        return "expired"
    if now < agreement.in_force_from:
        return "not-yet-in-force"
    adhered = bound(standing, now)
    if me not in adhered:
        return "not-adhered"
    return "operational" if len(adhered) == len(agreement.parties) else "unilateral"


def operational(standing: Standing, me: PartyName, now: Instant) -> tuple[OperationalClause, ...]:
    """Give the clauses of one agreement that decide releases by `me` now."""
    how = state(standing, me, now)
    if how not in ("unilateral", "operational"):
        return ()
    agreement, adhered = standing.agreement, bound(standing, now)
    return tuple(
        OperationalClause(
            clause=clause,
            parties=agreement.parties,
            own_only=how == "unilateral",
            open_from=tuple(name for name in _sources(clause, agreement.parties) if name in adhered),
            until=_soonest(clause.ends, agreement.in_force_until, standing.ended),
        )
        for clause in agreement.clauses
        if clause.works and _begun(clause, now) and me in givers(clause, agreement.parties)
    )


def givers(clause: Clause, parties: tuple[PartyName, ...]) -> tuple[PartyName, ...]:
    """Give the parties whose releases a clause speaks of: who passes on for forward, else whose holdings it names."""
    return (clause.by if clause.kind == "forward" else clause.from_) or parties


def _sources(clause: Clause, parties: tuple[PartyName, ...]) -> tuple[PartyName, ...]:
    return (clause.from_ or parties) if clause.kind == "forward" else ()


def next_change(standings: Iterable[Standing], now: Instant) -> Instant | None:
    """Give the soonest instant after `now` at which any set of operational clauses may change, if any is known."""
    return _soonest(*(moment for standing in standings for moment in _moments(standing) if moment > now))


def _moments(standing: Standing) -> Iterable[Instant]:
    agreement = standing.agreement
    yield agreement.in_force_from
    yield from (since for _, since in standing.adherences)
    dated = [agreement.in_force_until, standing.ended]
    for clause in agreement.clauses:
        dated += [clause.starts, clause.ends]
    yield from (moment for moment in dated if moment is not None)


def _begun(clause: Clause, now: Instant) -> bool:
    return (clause.starts is None or clause.starts <= now) and (clause.ends is None or now < clause.ends)


def _soonest(*moments: Instant | None) -> Instant | None:
    return min((moment for moment in moments if moment is not None), default=None)
