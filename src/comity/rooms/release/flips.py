"""Decides which single facts could have been otherwise: of the item, and of the agreements between the parties.

A flip is one change with what follows from it (another type has another category). Whether it changes the answer is
not decided here: the engine is asked again with it applied.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import msgspec
from msgspec.structs import replace

from comity.records.facts import CATEGORY_OF_TYPE, KNOWN_TYPES, OTHER_TYPE, ClassFacts, category_fact
from comity.rooms.release.clauses import OPENING, Clause
from comity.rooms.release.standing import Standing, entry_into_force, givers
from comity.values import Instant, PartyName, Tlp, iso

AgreementFact = Literal[
    "adherence", "entry_into_force", "in_force_from", "starts", "in_force_until", "ends", "ended", "left",
    "reservation", "suspended",
]  # fmt: skip
Fact = Literal[
    AgreementFact, "personal", "consent", "originator_control", "restricted", "tlp", "classification", "originator",
    "type",
]  # fmt: skip
AGREEMENT_FACTS: frozenset[Fact] = frozenset(get_args(AgreementFact))

_MOST_MISSING = 20  # parties whose adherence is asked about one by one
_MOST_CLAUSES = 100  # clauses whose dates are asked about one by one


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """One fact as it is and as it would have to be, written as agreements write it; dates in RFC 3339.

    `subject`: the agreement or clause whose fact it is, '' for the item's own. `would_be` is '' where the fact would
    only have to be absent, as an end that has passed.
    """

    fact: Fact
    is_now: str
    would_be: str
    subject: str = ""


def item_flips(facts: ClassFacts, reader: PartyName) -> Iterator[Flip]:
    """Give the item's facts that someone could mend, the most usual remedy first, the nearest level first."""
    if facts.personal != "no":
        yield Flip(fact="personal", is_now=facts.personal, would_be="no")
    if reader not in facts.consents:
        yield Flip(fact="consent", is_now="", would_be=reader)
    if facts.originator_control:
        yield Flip(fact="originator_control", is_now="true", would_be="false")
    if facts.restricted:
        yield Flip(fact="restricted", is_now="true", would_be="false")
    for level in range(int(facts.tlp) - 1, -1, -1):
        yield Flip(fact="tlp", is_now=facts.tlp.word, would_be=Tlp(level).word)
    for level in range(facts.classification - 1, -1, -1):
        yield Flip(fact="classification", is_now=str(facts.classification), would_be=str(level))


def nature_flips(facts: ClassFacts, me: PartyName, clauses: Iterable[Clause]) -> Iterator[Flip]:
    """Give the facts that nobody can mend, yet an answer may hang on: where the item came from and what it is."""
    opening = [clause for clause in clauses if clause.kind in OPENING]
    sources = {name for clause in opening if clause.kind == "forward" for name in clause.from_}
    for name in (me, *sorted(sources - {me})):
        if name != facts.originator:
            yield Flip(fact="originator", is_now=facts.originator, would_be=name)
    for kind in _types(opening):
        if kind != facts.type:
            yield Flip(fact="type", is_now=facts.type, would_be=kind)


def _types(opening: list[Clause]) -> list[str]:
    """Give every type that some clause may speak of, those named in clauses first."""
    named = {kind for clause in opening for kind in clause.types}
    return [*sorted(named), *sorted({*KNOWN_TYPES, OTHER_TYPE} - named)] if opening else []


def standing_flips(
    standing: Standing, me: PartyName, reader: PartyName, facts: ClassFacts, now: Instant
) -> Iterator[Flip]:
    """Give the facts of an agreement, and of its clauses, that keep share and forward clauses from working now."""
    agreement, name = standing.agreement, standing.agreement.id
    if standing.suspended or any(rest.covers(party, now) for rest in standing.suspensions for party in (me, reader)):
        yield Flip(fact="suspended", is_now="true", would_be="false", subject=name)
    if standing.ended is not None and standing.ended <= now:
        yield Flip(fact="ended", is_now=iso(standing.ended), would_be="", subject=name)
    if agreement.in_force_until is not None and agreement.in_force_until <= now:
        yield Flip(fact="in_force_until", is_now=iso(agreement.in_force_until), would_be="", subject=name)
    if now < agreement.in_force_from:
        yield Flip(fact="in_force_from", is_now=iso(agreement.in_force_from), would_be=iso(now), subject=name)
    enters = entry_into_force(standing)
    if agreement.entry.days and (enters is None or enters > now or _waits(standing, now)):
        yield Flip(
            fact="entry_into_force", is_now="" if enters is None else iso(enters), would_be=iso(now), subject=name
        )
    for party, at in standing.left:
        if at <= now:
            yield Flip(fact="left", is_now=party, would_be="", subject=name)
    for party in _not_bound(standing, me, reader, facts, now):
        yield Flip(fact="adherence", is_now="", would_be=party, subject=name)
    yield from _reservations(standing, me, reader)
    idle = [clause for clause in agreement.clauses if concerned(clause, standing, me, reader)][:_MOST_CLAUSES]
    for clause in idle:
        if clause.starts is not None and now < clause.starts:
            yield Flip(fact="starts", is_now=iso(clause.starts), would_be=iso(now), subject=clause.id)
        if clause.ends is not None and clause.ends <= now:
            yield Flip(fact="ends", is_now=iso(clause.ends), would_be="", subject=clause.id)


def _waits(standing: Standing, now: Instant) -> bool:
    """Does a party wait for the days between its consent and its effect?"""
    return any(since + standing.agreement.entry.wait_ms > now for _, since in standing.adherences)


def _reservations(standing: Standing, me: PartyName, reader: PartyName) -> Iterator[Flip]:
    opened = {c.article: c.id for c in standing.agreement.clauses if concerned(c, standing, me, reader)}
    for party, article in standing.reserved:
        if article in opened:
            yield Flip(fact="reservation", is_now=party, would_be="", subject=opened[article])


def _not_bound(
    standing: Standing, me: PartyName, reader: PartyName, facts: ClassFacts, now: Instant
) -> list[PartyName]:
    consenting = {party for party, since in standing.adherences if since <= now}
    missing = [party for party in standing.agreement.parties if party not in consenting]
    near = (me, reader, facts.originator)
    return missing if len(missing) <= _MOST_MISSING else [name for name in missing if name in near]


def apply_flips(
    facts: ClassFacts, standings: tuple[Standing, ...], flips: Iterable[Flip], now: Instant
) -> tuple[ClassFacts, tuple[Standing, ...]]:
    """Give the item's facts and the agreements as they would be with all these flips."""
    for flip in flips:
        if flip.fact in AGREEMENT_FACTS:
            standings = tuple(_flipped(standing, flip, now) for standing in standings)
        else:
            facts = _with_fact(facts, flip)
    return facts, standings


def _with_fact(facts: ClassFacts, flip: Flip) -> ClassFacts:
    value = flip.would_be
    match flip.fact:
        case "consent":
            return replace(facts, consents=tuple(sorted({*facts.consents, PartyName(value)})))
        case "tlp":
            return replace(facts, tlp=Tlp.of(value))
        case "classification":
            return replace(facts, classification=int(value))
        case "type":
            return replace(facts, type=value, category=category_fact(value))
        case "originator_control":
            return replace(facts, originator_control=False)
        case "restricted":
            return replace(facts, restricted=False)
        case "personal":
            return replace(facts, personal=value)
    return replace(facts, originator=PartyName(value))


def _flipped(standing: Standing, flip: Flip, now: Instant) -> Standing:
    agreement = standing.agreement
    if flip.fact in ("starts", "ends"):
        dates: dict[str, None] = {flip.fact: None}
        clauses = tuple(replace(c, **dates) if c.id == flip.subject else c for c in agreement.clauses)
        return replace(standing, agreement=replace(agreement, clauses=clauses))
    if flip.fact == "reservation":
        articles = {c.article for c in agreement.clauses if c.id == flip.subject}
        kept = tuple(pair for pair in standing.reserved if not (pair[0] == flip.is_now and pair[1] in articles))
        return replace(standing, reserved=kept)
    if flip.subject != agreement.id:
        return standing
    match flip.fact:
        case "suspended":
            return replace(standing, suspended=False, suspensions=())
        case "left":
            return replace(standing, left=tuple(pair for pair in standing.left if pair[0] != flip.is_now))
        case "entry_into_force":
            return replace(standing, agreement=replace(agreement, entry=replace(agreement.entry, days=0)))
        case "ended":
            return replace(standing, ended=None)
        case "in_force_until":
            return replace(standing, agreement=replace(agreement, in_force_until=None))
        case "in_force_from":
            return replace(standing, agreement=replace(agreement, in_force_from=now))
    others = tuple((name, since) for name, since in standing.adherences if name != flip.would_be)
    # So early that no days are left to wait for: those are a fact of their own.
    since = Instant(now - agreement.entry.wait_ms)
    return replace(standing, adherences=(*others, (PartyName(flip.would_be), since)))


def concerned(clause: Clause, standing: Standing, me: PartyName, reader: PartyName) -> bool:
    """Does a share or forward clause open something from `me` to this reader, were all else met?"""
    parties = standing.agreement.parties
    to = clause.to or parties
    return clause.kind in OPENING and reader != me and reader in to and me in givers(clause, parties)


def wishes(facts: ClassFacts, clause: Clause, standing: Standing, me: PartyName, reader: PartyName) -> Iterator[Flip]:
    """Give all flips of the item under which a clause would speak and no handling rule refuse: as few as may be."""
    level = Tlp.AMBER_STRICT if clause.tlp_at_most is None else clause.tlp_at_most
    for flip in item_flips(facts, reader):
        if flip.fact in ("personal", "originator_control", "restricted"):
            yield flip
    if facts.tlp > level:
        yield Flip(fact="tlp", is_now=facts.tlp.word, would_be=level.word)
    if facts.classification > clause.classification_at_most:
        wanted = str(clause.classification_at_most)
        yield Flip(fact="classification", is_now=str(facts.classification), would_be=wanted)
    kind = next((kind for kind in _types([clause]) if _speaks_of(clause, kind)), facts.type)
    if not _speaks_of(clause, facts.type):
        yield Flip(fact="type", is_now=facts.type, would_be=kind)
    if clause.kind == "share" and facts.originator != me:
        yield Flip(fact="consent", is_now="", would_be=reader)
    sources = [name for name in clause.from_ or standing.agreement.parties if name not in (me, reader)]
    if clause.kind == "forward" and sources and facts.originator not in sources:
        yield Flip(fact="originator", is_now=facts.originator, would_be=sources[0])


def _speaks_of(clause: Clause, kind: str) -> bool:
    named = not clause.types or kind in clause.types
    return named and (not clause.categories or CATEGORY_OF_TYPE.get(kind, OTHER_TYPE) in clause.categories)
