"""Which clauses work here now: adherence, entry into force, ending, and the dates of clauses."""

import pytest
from msgspec.structs import replace

from comity.rooms.release.entry import DAY_MS
from comity.rooms.release.standing import (
    Signature,
    Standing,
    Suspension,
    bound,
    entry_into_force,
    members,
    next_change,
    operational,
    state,
)
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


RULE = "[entry_into_force]\nconsents = 2\ndays = 30"


def a_treaty(*adhered: tuple[str, Instant], clauses: str = SHARE, **more: object) -> Standing:
    agreement = an_agreement(clauses, head=RULE, parties=THREE)
    return replace(Standing(agreement=agreement, adherences=adhered), **more)  # type: ignore[arg-type]


def test_a_treaty_is_in_force_between_those_who_consented_once_enough_have() -> None:
    treaty = a_treaty((FREE, START), (RURI, START))
    day = Instant(START + 30 * DAY_MS)

    assert entry_into_force(treaty) == day
    assert (state(treaty, FREE, Instant(day - 1)), state(treaty, FREE, day)) == ("unilateral", "operational")
    assert members(treaty, day) == {FREE, RURI}
    (clause,) = operational(treaty, FREE, day)
    assert clause.parties == (FREE, RURI) and not clause.own_only
    assert an_engine(treaty).decide(RURI, facts()).outcome == "permitted"
    assert an_engine(treaty).decide(NORTH, facts()).outcome == "silent", "it has not consented"


def test_one_who_names_a_party_that_has_not_consented_opens_nothing_to_it() -> None:
    treaty = a_treaty((FREE, START), (RURI, START), clauses=a_clause("1", "share", f'to = ["{NORTH}"]'))

    assert working(treaty) == []


def test_one_who_joins_later_is_bound_so_many_days_after() -> None:
    treaty = a_treaty((FREE, START), (RURI, START), (NORTH, NOW))

    assert NORTH not in members(treaty, NOW)
    assert NORTH in members(treaty, Instant(NOW + 30 * DAY_MS))


def test_a_signature_alone_binds_nobody_and_provisional_application_does_what_it_says() -> None:
    agreement = an_agreement(SHARE, head="[entry_into_force]\nprovisional = true")
    signed = Standing(agreement=agreement, signatures=(Signature(party=FREE, since=START),))
    both = replace(
        signed,
        signatures=tuple(Signature(party=party, since=START, provisional=True) for party in (FREE, RURI)),
    )
    silent_text = replace(both, agreement=an_agreement(SHARE))

    assert (state(signed, FREE, NOW), working(signed)) == ("signed", [])
    assert (state(both, FREE, NOW), working(both)) == ("provisional", ["1"])
    assert (state(silent_text, FREE, NOW), working(silent_text)) == ("signed", []), "the text must allow it"


def test_a_reservation_takes_its_article_out_between_the_two_and_nobody_else() -> None:
    standing = in_force(an_agreement(SHARE + a_clause("2", "share"), parties=THREE))
    by_other = replace(standing, reserved=((RURI, "1"),))
    by_me = replace(standing, reserved=((FREE, "1"),))

    assert [(c.clause.article, c.parties) for c in operational(by_other, FREE, NOW)] == [
        ("1", (FREE, NORTH)),
        ("2", THREE),
    ]
    assert working(by_me) == ["2"]


def test_a_reservation_never_lifts_what_restricts() -> None:
    standing = in_force(an_agreement(SHARE + a_clause("6", "withhold", "personal_data = true")))
    reserved = replace(standing, reserved=((FREE, "6"), (RURI, "6")))

    assert an_engine(reserved).decide(RURI, facts(personal="yes")).outcome == "forbidden"


def test_who_leaves_is_bound_no_more_and_the_others_go_on() -> None:
    standing = replace(in_force(an_agreement(SHARE, parties=THREE)), left=((NORTH, NOW),))
    alone = replace(standing, left=((NORTH, NOW), (RURI, NOW)))

    assert state(standing, NORTH, NOW) == "withdrawn"
    assert [c.parties for c in operational(standing, FREE, NOW)] == [(FREE, RURI)]
    assert [c.parties for c in operational(standing, FREE, Instant(NOW - 1))] == [THREE]
    assert state(alone, FREE, NOW) == "ended"


def test_what_is_suspended_rests_for_whom_and_how_long_it_says() -> None:
    until = Instant(NOW + DAY_MS)
    standing = in_force(an_agreement(SHARE, parties=THREE))
    for_all = replace(standing, suspensions=(Suspension(party=None, starts=NOW, ends=until),))
    for_one = replace(standing, suspensions=(Suspension(party=RURI, starts=NOW),))

    assert [state(for_all, FREE, Instant(t)) for t in (NOW - 1, NOW, until - 1, until)] == [
        "operational", "suspended", "suspended", "operational",
    ]  # fmt: skip
    assert state(for_one, RURI, NOW) == "suspended"
    assert [c.parties for c in operational(for_one, FREE, NOW)] == [(FREE, NORTH)]
    assert operational(for_all, FREE, Instant(NOW - 1))[0].until == NOW


def test_nothing_changes_between_now_and_the_next_change_of_a_treaty() -> None:
    treaty = a_treaty(
        (FREE, START),
        (RURI, Instant(START + DAY_MS)),
        (NORTH, Instant(START + 50 * DAY_MS)),
        left=((RURI, Instant(START + 200 * DAY_MS)),),
        suspensions=(Suspension(party=None, starts=Instant(START + 100 * DAY_MS), ends=Instant(START + 110 * DAY_MS)),),
    )
    now: Instant | None = START
    seen = []
    while now is not None and (soonest := next_change([treaty], now)) is not None:
        assert [c.parties for c in operational(treaty, FREE, now)] == [
            c.parties for c in operational(treaty, FREE, Instant(soonest - 1))
        ]
        seen.append((soonest - START) // DAY_MS)
        now = soonest
    assert seen == [1, 30, 31, 50, 80, 100, 110, 200]
