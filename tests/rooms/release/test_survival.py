"""What becomes of what was received once an agreement has ended: kept, or to go by a day, and for whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from comity.errors import AgreementRejected
from comity.rooms.release.agreements import Agreement
from comity.rooms.release.entry import DAY_MS, SURVIVAL_DAYS
from comity.rooms.release.standing import Signature, Standing, Suspension
from comity.rooms.release.survival import Survived, ended_between, survived
from comity.values import Instant, PartyName
from tests.support.agreements import FREE, NORTH, NOW, RURI, START, a_clause, an_agreement, in_force

SHARE = a_clause("4", "share")
END = Instant(START + 10 * DAY_MS)


def text(survival: str = "", *parties: PartyName, name: str = "free-ruri") -> Agreement:
    head = f'survival = "{survival}"\n' if survival in ("keep", "return", "destroy") else survival
    return replace(an_agreement(SHARE, head=head, parties=parties or (FREE, RURI)), id=name)


def standing(survival: str = "", *, name: str = "free-ruri", ended: Instant | None = None) -> Standing:
    return replace(in_force(text(survival, name=name)), ended=ended)


def asked(*standings: Standing, now: Instant = NOW) -> Survived | None:
    by_id = {one.agreement.id: one for one in standings}
    return survived(by_id, by_id.keys(), FREE, RURI, now)


def test_while_it_stands_nothing_is_asked_and_rest_is_no_end() -> None:
    resting = replace(standing("destroy"), suspensions=(Suspension(party=None, starts=START),), suspended=True)
    assert asked(standing("destroy")) is None
    assert asked(resting) is None
    assert asked(standing("destroy", ended=END), now=Instant(END - 1)) is None


def test_where_nothing_is_said_it_is_kept_on_its_terms() -> None:
    assert asked(standing(ended=END)) == Survived(agreements=("free-ruri",), ended=END)


@pytest.mark.parametrize("asks", ["return", "destroy"])
def test_it_goes_by_the_day_that_the_text_says_or_thirty_days_after(asks: str) -> None:
    plain = asked(standing(asks, ended=END))
    assert plain is not None
    assert (plain.asks, plain.due) == (asks, END + SURVIVAL_DAYS * DAY_MS)
    soon = asked(standing(f'survival = "{asks}"\nsurvival_days = 0', ended=END))
    assert soon is not None and soon.due == END


def test_what_came_under_one_that_stands_too_stays_and_duties_of_the_ended_add_up() -> None:
    first, second = standing("destroy", ended=END), standing(name="other")
    assert asked(first, second) is None
    later = Instant(END + DAY_MS)
    both = asked(first, replace(second, ended=later))
    assert both == Survived(
        agreements=("free-ruri", "other"), ended=later, asks="destroy", due=Instant(later + SURVIVAL_DAYS * DAY_MS)
    )
    strict = asked(first, standing('survival = "return"\nsurvival_days = 5', name="other", ended=END))
    assert strict is not None and (strict.asks, strict.due) == ("destroy", END + 5 * DAY_MS)


def test_one_that_is_not_held_here_asks_nothing_nor_does_none() -> None:
    ended = standing("destroy", ended=END)
    assert survived({"free-ruri": ended}, ("free-ruri", "unknown"), FREE, RURI, NOW) is None
    assert survived({"free-ruri": ended}, (), FREE, RURI, NOW) is None


def test_who_never_consented_owes_nothing() -> None:
    unilateral = replace(in_force(text("destroy"), adhered=[FREE]), ended=END)
    late = replace(unilateral, adherences=((FREE, START), (RURI, Instant(END + 1))))
    applied = replace(unilateral, signatures=(Signature(party=RURI, since=START, provisional=True),))
    for one in (unilateral, late):
        told = asked(one)
        assert told is not None and (told.asks, told.due) == ("keep", None)
    told = asked(applied)
    assert told is not None and told.asks == "destroy"


def test_it_ends_between_two_when_either_leaves_and_not_when_a_third_does() -> None:
    three = in_force(text("destroy", FREE, RURI, NORTH))
    assert ended_between(replace(three, left=((NORTH, END),)), FREE, RURI, NOW) is None
    assert ended_between(replace(three, left=((RURI, END),)), FREE, RURI, NOW) == END
    assert ended_between(replace(three, left=((FREE, END), (RURI, NOW))), FREE, RURI, NOW) == END
    left = replace(three, left=((NORTH, END), (FREE, NOW)))
    assert ended_between(left, RURI, NORTH, NOW) == END
    expired = replace(three, agreement=replace(three.agreement, in_force_until=END))
    assert ended_between(expired, FREE, RURI, NOW) == END


@given(st.lists(st.tuples(st.sampled_from(["keep", "return", "destroy"]), st.integers(0, 60)), min_size=1, max_size=4))
def test_a_further_text_that_has_ended_never_lifts_what_another_asks(texts: list[tuple[str, int]]) -> None:
    every = [standing(asks, name=f"t-{n}", ended=Instant(START + day * DAY_MS)) for n, (asks, day) in enumerate(texts)]
    told = asked(*every)
    assert told is not None
    assert (told.due is None) == all(asks == "keep" for asks, _ in texts)
    assert told.asks == ("destroy" if any(asks == "destroy" for asks, _ in texts) else told.asks)
    assert asked(*reversed(every)) == told


def test_days_without_a_duty_are_refused_at_their_place() -> None:
    with pytest.raises(AgreementRejected) as refused:
        text("survival_days = 3")
    assert refused.value.path == "survival_days"
