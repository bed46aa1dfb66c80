"""Decides which clauses are operational at this node now: who is bound, what is in force, which clause has begun.

Consent makes a party bound: its adherence, or its ratification where the text asks for one; a signature alone binds
nobody, but lets a text be applied provisionally where text and party say so. Until the text is in force for it, a bound
party's clauses are its unilateral undertaking: they bind only its own releases, and open only its own material. Once in
force, clauses open material between those for whom it is, less what they reserved (VCLT art. 21), while it is neither
suspended nor left. What restricts is never narrowed by any of this. "Operational here" is apart from "in force": the
latter is a matter of the law between the parties, the former what this node acts on.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace

from comity.rooms.release.agreements import Agreement
from comity.rooms.release.clauses import OPENING, Clause
from comity.rooms.release.entry import entered, in_force_since
from comity.values import Instant, PartyName

State = Literal[
    "suspended", "ended", "withdrawn", "expired", "not-yet-in-force", "not-adhered", "signed", "unilateral",
    "provisional", "operational",
]  # fmt: skip
WORKING: frozenset[State] = frozenset(("unilateral", "provisional", "operational"))


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A party has signed what it has yet to ratify. `provisional`: it applies the text until then."""

    party: PartyName
    since: Instant
    provisional: bool = False


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement rests for a party, or for all: from an instant on, until another if one is known."""

    party: PartyName | None
    starts: Instant
    ends: Instant | None = None

    def covers(self, party: PartyName, now: Instant) -> bool:
        """Does it rest for this party now?"""
        begun = self.starts <= now and (self.ends is None or now < self.ends)
        return begun and self.party in (None, party)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement and what became of it.

    `adherences`: (party, effective from) for each consent to be bound. `left`: (party, from when it is bound no more).
    `reserved`: (party, article) for each reservation. `ended`: for all.
    """

    agreement: Agreement
    adherences: tuple[tuple[PartyName, Instant], ...] = ()
    ended: Instant | None = None
    suspended: bool = False
    signatures: tuple[Signature, ...] = ()
    left: tuple[tuple[PartyName, Instant], ...] = ()
    reserved: tuple[tuple[PartyName, str], ...] = ()
    suspensions: tuple[Suspension, ...] = ()


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
    """Give the parties whose consent to be bound is effective now, and who have not left."""
    parties = set(standing.agreement.parties)
    stayed = parties - {party for party, at in standing.left if at <= now}
    return frozenset(party for party, since in standing.adherences if since <= now and party in stayed)


def entry_into_force(standing: Standing) -> Instant | None:
    """Give when the agreement enters, or entered, into force by the consents known; None while some are lacking."""
    agreement = standing.agreement
    return entered(agreement.entry, agreement.parties, _consents(standing), agreement.in_force_from)


def members(standing: Standing, now: Instant) -> frozenset[PartyName]:
    """Give the parties for which the agreement is in force now, or who apply it provisionally; who rest are none."""
    agreement = standing.agreement
    since = in_force_since(agreement.entry, agreement.parties, _consents(standing), agreement.in_force_from)
    gone = {party for party, at in standing.left if at <= now}
    found = {party for party, start in since.items() if start <= now} | _provisional(standing, now)
    return frozenset(party for party in found - gone if not _rests(standing, party, now))


def state(standing: Standing, me: PartyName, now: Instant) -> State:
    """Say what this node makes of the agreement now; only those of `WORKING` let any clause work."""
    agreement = standing.agreement
    if _rests(standing, me, now):
        return "suspended"
    if standing.ended is not None and standing.ended <= now:
        return "ended"
    gone = {party for party, at in standing.left if at <= now}
    if me in gone:
        return "withdrawn"
    if len(agreement.parties) - len(gone) < 2:
        return "ended"
    if agreement.in_force_until is not None and agreement.in_force_until <= now:
        return "expired"
    if now < agreement.in_force_from:
        return "not-yet-in-force"
    if me in bound(standing, now):
        return "operational" if me in members(standing, now) else "unilateral"
    if me in members(standing, now):
        return "provisional"
    return "signed" if any(one.party == me and one.since <= now for one in standing.signatures) else "not-adhered"


def operational(standing: Standing, me: PartyName, now: Instant) -> tuple[OperationalClause, ...]:
    """Give the clauses of one agreement that decide releases by `me` now."""
    how = state(standing, me, now)
    if how not in WORKING:
        return ()
    agreement = standing.agreement
    within = frozenset(agreement.parties) if how == "unilateral" else members(standing, now)
    working = (
        _working(clause, standing, me, within, now, own_only=how == "unilateral") for clause in agreement.clauses
    )
    return tuple(clause for clause in working if clause is not None)


def _working(
    clause: Clause, standing: Standing, me: PartyName, within: frozenset[PartyName], now: Instant, *, own_only: bool
) -> OperationalClause | None:
    """Give a clause as it works between the parties `within`; None if it does not."""
    agreement = standing.agreement
    if not clause.works or not _begun(clause, now) or me not in givers(clause, agreement.parties):
        return None
    parties = agreement.parties
    adhered = bound(standing, now) if own_only else within
    if clause.kind in OPENING:
        away = {party for party, article in standing.reserved if article == clause.article}
        reach = within - away
        if me in away:
            return None
        parties = tuple(name for name in parties if name in reach)
        to = tuple(name for name in clause.to if name in reach)
        if (clause.to and not to) or not set(parties) - {me}:
            return None
        clause = clause if to == clause.to else replace(clause, to=to)
        adhered -= away
    return OperationalClause(
        clause=clause,
        parties=parties,
        own_only=own_only,
        open_from=tuple(name for name in _sources(clause, agreement.parties) if name in adhered),
        until=_until(standing, clause, me, now),
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
    wait = agreement.entry.wait_ms
    yield agreement.in_force_from
    for _, since in standing.adherences:
        yield since
        yield Instant(since + wait)
    yield from (one.since for one in standing.signatures)
    yield from (at for _, at in standing.left)
    dated = [agreement.in_force_until, standing.ended]
    for rest in standing.suspensions:
        dated += [rest.starts, rest.ends]
    for clause in agreement.clauses:
        dated += [clause.starts, clause.ends]
    yield from (moment for moment in dated if moment is not None)


def _until(standing: Standing, clause: Clause, me: PartyName, now: Instant) -> Instant | None:
    """Give when a clause that works now stops to work for this node, as known now."""
    rests = (rest.starts for rest in standing.suspensions if rest.party in (None, me) and rest.starts > now)
    leaves = (at for party, at in standing.left if party == me and at > now)
    return _soonest(clause.ends, standing.agreement.in_force_until, standing.ended, *rests, *leaves)


def _consents(standing: Standing) -> dict[PartyName, Instant]:
    parties = set(standing.agreement.parties)
    return {party: since for party, since in standing.adherences if party in parties}


def _provisional(standing: Standing, now: Instant) -> frozenset[PartyName]:
    """Give who applies the text provisionally: signatories who said so, from its first date on (VCLT art. 25)."""
    agreement = standing.agreement
    if not agreement.entry.provisional or now < agreement.in_force_from:
        return frozenset()
    return frozenset(one.party for one in standing.signatures if one.provisional and one.since <= now)


def _rests(standing: Standing, party: PartyName, now: Instant) -> bool:
    return standing.suspended or any(rest.covers(party, now) for rest in standing.suspensions)


def _begun(clause: Clause, now: Instant) -> bool:
    return (clause.starts is None or clause.starts <= now) and (clause.ends is None or now < clause.ends)


def _soonest(*moments: Instant | None) -> Instant | None:
    return min((moment for moment in moments if moment is not None), default=None)
