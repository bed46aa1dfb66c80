"""Decides how an answer is explained: the clause that decided, or the nearest clause and the fact it fails on.

One fact at a time is changed and the engine asked again; a fact is named only if changing it alone changed the answer,
so an explanation is never a guess. If no single fact suffices, the nearest clause is named with all the facts that
would have to change together, none of them in vain.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from comity.records.facts import FACTS_VERSION, ClassFacts
from comity.rooms.release.engine import Decision, Engine, Outcome
from comity.rooms.release.flips import (
    AGREEMENT_FACTS,
    Flip,
    apply_flips,
    concerned,
    item_flips,
    nature_flips,
    standing_flips,
    wishes,
)
from comity.rooms.release.policy import ENGINE_ERROR, UNSOUND_FACTS
from comity.rooms.release.standing import Standing, operational
from comity.values import Instant, PartyName, iso

NextStep = Literal[
    "ask-originator", "send-redacted", "draft-tear-line", "get-adherence", "wait-until", "negotiate",
    "mark-personal-data",
]  # fmt: skip
Found: TypeAlias = tuple[tuple[Flip, ...], Decision]

_MOST_WISHED = 50  # clauses tried when several facts fail


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a reader may or may not have items of a class.

    `decision` names what decided and until when. `covered`: in some agreement both take part. `missing`: the one fact
    on which it fails, or all that must change together; the engine has verified it. `would_be`: the answer with
    `missing` changed ("silent" only where a refusal would fall away and nothing permit), by the clauses `nearest`.
    """

    reader: PartyName
    facts: ClassFacts
    decision: Decision
    covered: bool
    missing: tuple[Flip, ...] = ()
    would_be: Outcome | None = None
    nearest: tuple[str, ...] = ()
    next_step: NextStep | None = None


class _Question(msgspec.Struct, frozen=True):
    """May `reader` have `facts` at `now` – and what if some of it were otherwise?"""

    engine: Engine
    reader: PartyName
    facts: ClassFacts
    standings: tuple[Standing, ...]  # those in which both take part
    now: Instant
    engines: dict[frozenset[Flip], Engine]  # already built, by the flips of agreements they were built with

    def with_flips(self, flips: Iterable[Flip]) -> Decision:
        """Ask the engine again with these flips together."""
        all_flips = tuple(flips)
        facts, standings = apply_flips(self.facts, self.standings, all_flips, self.now)
        agreed = frozenset(flip for flip in all_flips if flip.fact in AGREEMENT_FACTS)
        if agreed not in self.engines:
            self.engines[agreed] = engine_of(standings, self.engine.me, self.now)
        return self.engines[agreed].decide(self.reader, facts)

    def single_flips(self) -> Iterator[Flip]:
        """Give every single change worth asking about, what can be mended first."""
        me = self.engine.me
        yield from item_flips(self.facts, self.reader)
        for standing in self.standings:
            agreed = tuple(standing_flips(standing, me, self.reader, self.facts, self.now))
            # If all of them together do not open anything, none of them alone does.
            if agreed and self.with_flips(agreed).outcome == "permitted":
                yield from agreed
        clauses = [c for s in self.standings for c in s.agreement.clauses if concerned(c, s, me, self.reader)]
        yield from nature_flips(self.facts, me, clauses)


def engine_of(standings: Iterable[Standing], me: PartyName, now: Instant) -> Engine:
    """Build the engine of these agreements as they work at `me` now."""
    return Engine((clause for standing in standings for clause in operational(standing, me, now)), me)


def explain(
    engine: Engine, reader: PartyName, facts: ClassFacts, standings: Sequence[Standing], now: Instant
) -> Explanation:
    """Explain the engine's answer. `standings`: all agreements held, those that do not work now too."""
    decision = engine.decide(reader, facts)
    shared = tuple(s for s in standings if {engine.me, reader} <= set(s.agreement.parties))
    answer = Explanation(reader=reader, facts=facts, decision=decision, covered=bool(shared))
    broken = facts.version != FACTS_VERSION or not {ENGINE_ERROR, UNSOUND_FACTS}.isdisjoint(decision.clauses)
    if decision.outcome == "permitted" or broken:
        return answer
    question = _Question(engine, reader, facts, shared, now, {frozenset(): engine})
    found = _one_fact(question, decision) or _several_facts(question)
    if found is None:
        return msgspec.structs.replace(answer, next_step="negotiate")
    flips, after = found
    return msgspec.structs.replace(
        answer,
        missing=flips,
        would_be=after.outcome,
        nearest=after.clauses,
        next_step=_next_step(flips[0], engine.me, facts),
    )


def _one_fact(question: _Question, decision: Decision) -> Found | None:
    """Find the one fact that makes the answer yes, or else the one that makes a refusal fall away."""
    lifted: Found | None = None
    for flip in question.single_flips():
        after = question.with_flips([flip])
        if after.outcome == "permitted":
            return (flip,), after
        if lifted is None and decision.outcome == "forbidden" and after.outcome == "silent":
            lifted = (flip,), after
    return lifted


def _several_facts(question: _Question) -> Found | None:
    """Find the clause that lacks the fewest facts, with these facts."""
    best: Found | None = None
    for listed in _wish_lists(question):
        wished = _of_another_type(question, listed)
        if question.with_flips(wished).outcome == "permitted":
            needed = _without_idle(question, wished)
            if best is None or len(needed) < len(best[0]):
                best = needed, question.with_flips(needed)
    return best


def _of_another_type(question: _Question, wished: tuple[Flip, ...]) -> tuple[Flip, ...]:
    """Add the first type under which these flips are enough: where a clause withholds this one."""
    if question.with_flips(wished).outcome != "forbidden" or any(flip.fact == "type" for flip in wished):
        return wished
    clauses = [clause for standing in question.standings for clause in standing.agreement.clauses]
    for flip in nature_flips(question.facts, question.engine.me, clauses):
        if flip.fact == "type" and question.with_flips((*wished, flip)).outcome == "permitted":
            return (*wished, flip)
    return wished


def _wish_lists(question: _Question) -> Iterator[tuple[Flip, ...]]:
    me, reader = question.engine.me, question.reader
    tried = 0
    for standing in question.standings:
        agreed = tuple(standing_flips(standing, me, reader, question.facts, question.now))
        for clause in standing.agreement.clauses:
            if tried < _MOST_WISHED and concerned(clause, standing, me, reader):
                tried += 1
                mine = tuple(flip for flip in agreed if flip.subject in (standing.agreement.id, clause.id))
                yield (*wishes(question.facts, clause, standing, me, reader), *mine)


def _without_idle(question: _Question, flips: tuple[Flip, ...]) -> tuple[Flip, ...]:
    """Leave out, one after the other, every flip without which the answer is still yes."""
    for flip in flips:
        fewer = tuple(other for other in flips if other is not flip)
        if question.with_flips(fewer).outcome == "permitted":
            flips = fewer
    return flips


def _next_step(flip: Flip, me: PartyName, facts: ClassFacts) -> NextStep:
    match flip.fact:
        case "personal":
            return "mark-personal-data" if flip.is_now == "undetermined" else "send-redacted"
        case "consent" | "originator_control" | "restricted" | "originator":
            return "ask-originator"
        case "tlp" | "classification":
            return "draft-tear-line" if facts.originator == me else "ask-originator"
        case "adherence":
            return "get-adherence"
        case "in_force_from" | "starts" | "entry_into_force":
            return "wait-until"
    return "negotiate"


# The sentences, for doors to translate; every one takes its facts by name.
PERMITTED = "Released to {reader} under {clauses}."
ON_TERMS = "It goes on the terms of {obligations}."
WITHOUT = "It goes without {redact}, by {redacted_by}."
UNTIL = "This holds until {until}."
REFUSED = "Not released to {reader}: {clauses} forbids it."
NOT_COVERED = "Not released to {reader}: no agreement in which you both take part covers this."
NO_CLAUSE = "Not released to {reader}: no clause reaches it."
ONE_FACT = "It fails on one fact: {facts}."
SEVERAL_FACTS = "Together it fails on these facts: {facts}."
WOULD_DECIDE = "Otherwise {nearest} would permit it."
ANY_FACT = "{fact} is {is_now}, and would have to be {would_be}"
FACTS_IN_WORDS = {
    "adherence": "{subject}{would_be} has not adhered",
    "in_force_from": "{subject}in force only from {is_now}",
    "starts": "{subject}speaks only from {is_now}",
    "in_force_until": "{subject}in force only until {is_now}",
    "ends": "{subject}spoke only until {is_now}",
    "ended": "{subject}ended on {is_now}",
    "entry_into_force": "{subject}not in force yet by its own rule {is_now}",
    "left": "{subject}{is_now} has left",
    "reservation": "{subject}reserved by {is_now}",
    "suspended": "{subject}suspended",
    "consent": "the originator has not consented to {would_be}",
}


def sentence(explanation: Explanation, translate: Callable[[str], str] = str) -> str:
    """Say an explanation in words, in English unless `translate` gives another template."""
    decision = explanation.decision
    words = {"reader": explanation.reader, "clauses": ", ".join(decision.clauses)}
    if decision.outcome == "permitted":
        return _permitted_words(decision, words, translate)
    if decision.outcome == "forbidden":
        told = [translate(REFUSED).format(**words)]
    else:
        told = [translate(NO_CLAUSE if explanation.covered else NOT_COVERED).format(**words)]
    if explanation.missing:
        template = ONE_FACT if len(explanation.missing) == 1 else SEVERAL_FACTS
        facts = "; ".join(_fact_words(flip, translate) for flip in explanation.missing)
        told.append(translate(template).format(facts=facts))
    if explanation.nearest:
        told.append(translate(WOULD_DECIDE).format(nearest=", ".join(explanation.nearest)))
    return " ".join(told)


def _permitted_words(decision: Decision, words: dict[str, str], translate: Callable[[str], str]) -> str:
    told = [translate(PERMITTED).format(**words)]
    if decision.obligations:
        told.append(translate(ON_TERMS).format(obligations=", ".join(decision.obligations)))
    if decision.redact:
        by = ", ".join(decision.redacted_by)
        told.append(translate(WITHOUT).format(redact=", ".join(decision.redact), redacted_by=by))
    if decision.valid_until is not None:
        told.append(translate(UNTIL).format(until=iso(decision.valid_until)))
    return " ".join(told)


def _fact_words(flip: Flip, translate: Callable[[str], str]) -> str:
    return translate(FACTS_IN_WORDS.get(flip.fact, ANY_FACT)).format(
        subject=f"{flip.subject}: " if flip.subject else "",
        fact=flip.fact.replace("_", " "),
        is_now=flip.is_now,
        would_be=flip.would_be,
    )
