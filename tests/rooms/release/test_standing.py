"""Which clauses work here now: adherence, entry into force, ending, and the dates of clauses."""

import pytest
from msgspec.structs import replace

from comity.rooms.release.standing import Standing, bound, next_change, operational, state
from comity.values import Instant, instant
from tests.support.agreements import FREE, NORTH, NOW, RURI, START, a_clause, an_agreement, an_engine, facts, in_force

THREE = (FREE, RURI, NORTH)
SHARE = a_clause("1", "share")
FORWARD = a_clause("2", "forward")


def working(standing: Standing, now: Instant = NOW) -> list[str]:
    return [clause.clause.article for clause in operational(standing, FREE, now)]


def test_nothing_works_before_this_party_has_adhered() -> None:
    standing = in_force(an_agreement(SHARE, parties=THREE), adhered=[RURI, NORTH])

    assert state(standing, FREE, NOW) == "not-adhered"
    assert working(standing) == []


def test_until_all_have_adhered_a_party_opens_only_its_own() -> None:
    standing = in_force(an_agreement(SHARE, parties=THREE), adhered=[FREE])
    engine = an_engine(standing)

    assert state(standing, FREE, NOW) == "unilateral"
    assert engine.decide(RURI, facts()).outcome == "permitted"
    assert engine.decide(RURI, facts(originator=NORTH, consents=(RURI,))).outcome == "silent"


def test_before_all_have_adhered_forward_needs_the_adherence_of_the_source() -> None:
    agreement = an_agreement(FORWARD, parties=(*THREE, "syldavia"))

    without = an_engine(in_force(agreement, adhered=[FREE]))
    with_source = an_engine(in_force(agreement, adhered=[FREE, NORTH]))

    assert without.decide(RURI, facts(originator=NORTH)).outcome == "silent"
    assert with_source.decide(RURI, facts(originator=NORTH)).outcome == "permitted"


def test_withhold_binds_the_adhering_party_at_once() -> None:
    clauses = SHARE + a_clause("6", "withhold", "personal_data = true")
    engine = an_engine(in_force(an_agreement(clauses), adhered=[FREE]))

    assert engine.decide(RURI, facts(personal="yes")).outcome == "forbidden"


def test_adherence_counts_from_its_effect_and_only_for_parties() -> None:
    standing = Standing(agreement=an_agreement(SHARE), adherences=((FREE, START), (RURI, NOW), (NORTH, START)))

    assert bound(standing, NOW) == {FREE, RURI}
    assert bound(standing, Instant(NOW - 1)) == {FREE}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"suspended": True}, "suspended"),
        ({"ended": NOW}, "ended"),
        ({"ended": Instant(NOW + 1)}, "operational"),
    ],
)
def test_what_is_ended_or_suspended_does_not_work(change: dict[str, int | bool], expected: str) -> None:
    standing = replace(in_force(an_agreement(SHARE)), **change)

    assert state(standing, FREE, NOW) == expected
    assert bool(working(standing)) == (expected == "operational")


def test_in_force_begins_and_ends_at_the_very_instant() -> None:
    standing = in_force(an_agreement(SHARE, head="in_force_until = 2026-09-01"))
    until = instant("2026-09-01")

    assert [state(standing, FREE, Instant(START - 1)), state(standing, FREE, START)] == [
        "not-yet-in-force",
        "operational",
    ]
    assert [state(standing, FREE, Instant(until - 1)), state(standing, FREE, until)] == ["operational", "expired"]


def test_a_clause_works_from_its_start_until_its_end() -> None:
    standing = in_force(an_agreement(a_clause("1", "share", "starts = 2026-07-01\nends = 2026-08-01")))
    start, end = instant("2026-07-01"), instant("2026-08-01")

    assert [bool(working(standing, Instant(t))) for t in (start - 1, start, end - 1, end)] == [False, True, True, False]
    assert operational(standing, FREE, start)[0].until == end


def test_clauses_that_bind_others_and_carried_ones_do_not_work_here() -> None:
    clauses = (
        a_clause("1", "share", f'from = ["{RURI}"]')
        + a_clause("2", "poc")
        + a_clause("3", "forward", f'by = ["{RURI}"]')
    )

    assert working(in_force(an_agreement(clauses, parties=THREE))) == []


def test_the_next_change_is_the_soonest_date_still_to_come() -> None:
    standing = in_force(an_agreement(a_clause("1", "share", "starts = 2026-07-01\nends = 2026-08-01")))

    assert next_change([standing], START) == instant("2026-07-01")
    assert next_change([standing], instant("2026-07-01")) == instant("2026-08-01")
    assert next_change([standing, replace(standing, ended=instant("2026-07-15"))], instant("2026-07-01")) == instant(
        "2026-07-15"
    )
    assert next_change([standing], instant("2026-08-01")) is None


def test_nothing_changes_between_now_and_the_next_change() -> None:
    clauses = a_clause("1", "share", "starts = 2026-07-01") + a_clause("2", "share", "ends = 2026-06-15")
    standing = replace(in_force(an_agreement(clauses, head="in_force_until = 2026-09-01")), ended=instant("2026-08-01"))

    now: Instant | None = Instant(START - 1)
    while now is not None and (soonest := next_change([standing], now)) is not None:
        assert operational(standing, FREE, now) == operational(standing, FREE, Instant(soonest - 1))
        assert operational(standing, FREE, now) != operational(standing, FREE, soonest) or soonest > instant(
            "2026-08-01"
        )
        now = soonest
