"""Every explanation names a clause and a fact, and changing that fact changes the engine's answer."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.records.facts import ClassFacts
from comity.rooms.release.explain import Explanation, engine_of, explain, sentence
from comity.rooms.release.flips import Flip, apply_flips
from comity.rooms.release.standing import Standing
from comity.values import PartyName, Tlp, instant
from tests.support.agreements import (
    FREE,
    NORTH,
    NOW,
    PARTIES,
    RURI,
    START,
    SYLD,
    a_clause,
    an_agreement,
    facts,
    in_force,
    some_adherents,
    some_clauses,
    some_facts,
    standing_with,
)

SHARE = a_clause("4(1)", "share", 'types = ["indicator", "malware"]')
WITHHOLD = a_clause("6", "withhold", "personal_data = true")


def explained(standing: Standing, held: ClassFacts, reader: PartyName = RURI, me: PartyName = FREE) -> Explanation:
    return explain(engine_of([standing], me, NOW), reader, held, [standing], NOW)


def test_what_is_permitted_names_its_clause_and_lacks_nothing() -> None:
    answer = explained(in_force(an_agreement(SHARE)), facts())

    assert (answer.decision.clauses, answer.missing, answer.next_step) == (("free-ruri/4(1)",), (), None)
    assert sentence(answer) == "Released to ruritania-csirt under free-ruri/4(1)."


def test_what_is_permitted_says_its_terms_and_until_when() -> None:
    terms = a_clause("7", "use_limit", 'purpose = "defence"') + a_clause("8", "redact", 'properties = ["description"]')
    answer = explained(in_force(an_agreement(SHARE + terms, head="in_force_until = 2027-01-01")), facts())

    assert sentence(answer) == (
        "Released to ruritania-csirt under free-ruri/4(1). It goes on the terms of free-ruri/7. "
        "It goes without description, by free-ruri/8. This holds until 2027-01-01T00:00:00.000Z."
    )


@pytest.mark.parametrize(
    ("held", "fact", "is_now", "would_be", "step"),
    [
        (facts(tlp=Tlp.AMBER_STRICT), "tlp", "amber+strict", "amber", "draft-tear-line"),
        (facts(tlp=Tlp.RED), "tlp", "red", "amber", "draft-tear-line"),
        (facts("campaign"), "type", "campaign", "indicator", "negotiate"),
        (facts(classification=2), "classification", "2", "0", "draft-tear-line"),
        (facts(personal="yes"), "personal", "yes", "no", "send-redacted"),
        (facts(personal="undetermined"), "personal", "undetermined", "no", "mark-personal-data"),
        (facts(originator=NORTH), "consent", "", RURI, "ask-originator"),
        (facts(originator_control=True), "consent", "", RURI, "ask-originator"),
        (facts(restricted=True), "restricted", "true", "false", "ask-originator"),
    ],
)
def test_a_refusal_names_the_one_failing_fact(
    held: ClassFacts, fact: str, is_now: str, would_be: str, step: str
) -> None:
    answer = explained(in_force(an_agreement(SHARE + WITHHOLD)), held)

    assert [(f.fact, f.is_now, f.would_be) for f in answer.missing] == [(fact, is_now, would_be)]
    assert (answer.would_be, answer.nearest, answer.next_step) == ("permitted", ("free-ruri/4(1)",), step)


def test_a_refusal_by_clause_names_that_clause_although_nothing_else_permits() -> None:
    answer = explained(in_force(an_agreement(SHARE + WITHHOLD)), facts("campaign", personal="yes"))

    assert answer.decision.clauses == ("free-ruri/6",)
    assert (answer.missing[0].fact, answer.would_be, answer.nearest) == ("personal", "silent", ())


def test_a_missing_adherence_is_named() -> None:
    standing = in_force(an_agreement(SHARE), adhered=[RURI])

    answer = explained(standing, facts())

    assert answer.missing == (Flip(fact="adherence", is_now="", would_be=FREE, subject="free-ruri"),)
    assert answer.next_step == "get-adherence"
    assert "free-ruri: freedonia-csirt has not adhered" in sentence(answer)


@pytest.mark.parametrize(
    ("change", "fact", "is_now", "step"),
    [
        ({"ended": instant("2026-05-01")}, "ended", "2026-05-01T00:00:00.000Z", "negotiate"),
        ({"suspended": True}, "suspended", "true", "negotiate"),
    ],
)
def test_an_idle_agreement_says_why(change: dict[str, int | bool], fact: str, is_now: str, step: str) -> None:
    standing = msgspec.structs.replace(in_force(an_agreement(SHARE)), **change)

    answer = explained(standing, facts())

    assert [(f.fact, f.is_now, f.subject) for f in answer.missing] == [(fact, is_now, "free-ruri")]
    assert answer.next_step == step


def test_dates_of_agreement_and_clause_are_named() -> None:
    later = an_agreement(a_clause("1", "share", "starts = 2026-09-01"))
    ended = an_agreement(a_clause("1", "share", "ends = 2026-02-01"))
    expired = an_agreement(SHARE, head="in_force_until = 2026-03-01")
    early = msgspec.structs.replace(an_agreement(SHARE), in_force_from=instant("2027-01-01"))

    named = [explained(in_force(agreement), facts()).missing[0] for agreement in (later, ended, expired, early)]

    assert [flip.fact for flip in named] == ["starts", "ends", "in_force_until", "in_force_from"]
    assert [flip.subject for flip in named] == ["free-ruri/1", "free-ruri/1", "free-ruri", "free-ruri"]


def test_several_failing_facts_are_named_together_and_none_in_vain() -> None:
    standing = in_force(an_agreement(SHARE, parties=(FREE, RURI, NORTH)), adhered=[RURI])
    held = facts("campaign", tlp=Tlp.AMBER_STRICT)

    answer = explained(standing, held)

    assert {flip.fact for flip in answer.missing} == {"type", "tlp", "adherence"}
    assert answer.nearest == ("free-ruri/4(1)",)


def test_without_a_common_agreement_nothing_covers() -> None:
    answer = explained(in_force(an_agreement(SHARE)), facts(), reader=SYLD)

    assert (answer.covered, answer.missing, answer.next_step) == (False, (), "negotiate")
    assert "no agreement in which you both take part covers this" in sentence(answer)


def test_unsound_facts_are_explained_without_guessing() -> None:
    answer = explained(in_force(an_agreement(SHARE)), msgspec.structs.replace(facts(), version=99))

    assert (answer.decision.clauses, answer.missing) == (("engine/error",), ())


some_standings = st.builds(
    lambda clauses, adhered, change: msgspec.structs.replace(standing_with(clauses, adhered), **change),
    some_clauses,
    some_adherents,
    st.sampled_from(({}, {}, {}, {"suspended": True}, {"ended": START})),
)


@settings(max_examples=120)
@given(some_standings, some_facts, st.sampled_from(PARTIES[1:]))
def test_flipping_what_is_named_flips_the_answer(standing: Standing, held: ClassFacts, reader: PartyName) -> None:
    answer = explained(standing, held, reader)
    if not answer.missing:
        return

    flipped, standings = apply_flips(held, (standing,), answer.missing, NOW)
    after = engine_of(standings, FREE, NOW).decide(reader, flipped)

    assert after.outcome == answer.would_be != answer.decision.outcome
    assert after.clauses == answer.nearest
    assert sentence(answer)


@settings(max_examples=80)
@given(some_standings, some_facts, st.sampled_from(PARTIES[1:]))
def test_of_several_facts_none_is_named_in_vain(standing: Standing, held: ClassFacts, reader: PartyName) -> None:
    answer = explained(standing, held, reader)
    if len(answer.missing) < 2:
        return

    for flip in answer.missing:
        fewer = tuple(other for other in answer.missing if other is not flip)
        flipped, standings = apply_flips(held, (standing,), fewer, NOW)
        assert engine_of(standings, FREE, NOW).decide(reader, flipped).outcome != "permitted"
