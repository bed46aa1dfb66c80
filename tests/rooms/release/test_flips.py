"""A flip changes one fact and what follows from it, of the item or of an agreement."""

import pytest
from hypothesis import given
from msgspec.structs import replace

from comity.records.facts import ClassFacts
from comity.rooms.release.entry import DAY_MS
from comity.rooms.release.explain import explain
from comity.rooms.release.flips import Flip, apply_flips, item_flips, nature_flips, standing_flips, wishes
from comity.rooms.release.standing import Standing, Suspension, state
from comity.values import Instant, Tlp
from tests.support.agreements import (
    FREE,
    NORTH,
    NOW,
    RURI,
    START,
    a_clause,
    an_agreement,
    an_engine,
    facts,
    in_force,
    some_facts,
)

STANDING = in_force(an_agreement(a_clause("1", "share", 'types = ["file"]')))


@given(some_facts)
def test_every_flip_of_an_item_changes_it(held: ClassFacts) -> None:
    for flip in (*item_flips(held, RURI), *nature_flips(held, FREE, STANDING.agreement.clauses)):
        flipped, standings = apply_flips(held, (STANDING,), [flip], NOW)
        assert flipped != held
        assert standings == (STANDING,)


def test_levels_go_down_one_by_one() -> None:
    flips = item_flips(facts(tlp=Tlp.AMBER, classification=2), RURI)

    assert [flip.would_be for flip in flips if flip.fact in ("tlp", "classification")] == ["green", "clear", "1", "0"]


def test_another_type_has_its_category() -> None:
    flipped, _ = apply_flips(facts("malware"), (), [Flip(fact="type", is_now="malware", would_be="file")], NOW)

    assert (flipped.type, flipped.category) == ("file", "observation")


def test_an_adherence_flips_only_its_own_agreement() -> None:
    idle = in_force(an_agreement(a_clause("1", "share")), adhered=[])

    flips = list(standing_flips(idle, FREE, RURI, facts(), NOW))
    _, after = apply_flips(facts(), (idle,), flips, NOW)
    _, other = apply_flips(facts(), (idle,), [Flip(fact="adherence", is_now="", would_be=FREE, subject="else")], NOW)

    assert [flip.would_be for flip in flips] == [FREE, RURI]
    assert state(after[0], FREE, NOW) == "operational"
    assert other == (idle,)


@given(some_facts)
def test_what_a_clause_wishes_makes_it_permit(held: ClassFacts) -> None:
    standing = in_force(
        an_agreement(a_clause("1", "share", 'types = ["file"]'), parties=(FREE, RURI, NORTH, "syldavia"))
    )
    clause = standing.agreement.clauses[0]

    flipped, _ = apply_flips(held, (), wishes(held, clause, standing, FREE, RURI), NOW)

    assert an_engine(standing).decide(RURI, flipped).outcome == "permitted"


RULE = "[entry_into_force]\nconsents = 2\n"
PARTIES = (FREE, RURI, NORTH)
THREE = in_force(an_agreement(a_clause("1", "share"), head=RULE, parties=PARTIES))
WAITING = an_agreement(a_clause("1", "share"), head=f"{RULE}days = 30", parties=PARTIES)
LATE = Standing(agreement=WAITING, adherences=((FREE, START), (NORTH, START), (RURI, Instant(NOW - DAY_MS))))


@pytest.mark.parametrize(
    ("standing", "fact"),
    [
        (replace(THREE, left=((RURI, NOW),)), "left"),
        (replace(THREE, suspensions=(Suspension(party=RURI, starts=NOW),)), "suspended"),
        (replace(THREE, reserved=((RURI, "1"),)), "reservation"),
        (replace(THREE, adherences=((FREE, START), (NORTH, START))), "adherence"),
        (LATE, "entry_into_force"),
    ],
)  # fmt: skip
def test_each_reason_of_the_law_is_the_one_fact_and_flips_the_answer(standing: Standing, fact: str) -> None:
    told = explain(an_engine(standing), RURI, facts(), [standing], NOW)

    assert (told.decision.outcome, [flip.fact for flip in told.missing]) == ("silent", [fact])
    _, after = apply_flips(facts(), (standing,), told.missing, NOW)
    assert an_engine(*after).decide(RURI, facts()).outcome == "permitted"
