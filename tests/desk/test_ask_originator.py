"""Tests on real nodes that an originator is asked in one step, and that its grant or refusal comes back."""

from pathlib import Path

import pytest

from comity.desk.ask_originator import AskOriginatorRequest, OriginatorAsked, ask_originator
from comity.desk.decline_release import DeclineReleaseRequest, decline_release
from comity.desk.release_requests import ListRequestsRequest, RequestList, list_requests
from comity.errors import ComityError, Conflict, NotFound, UsageError
from tests.desk.test_take_grant import ITEM, MARK, TITLES, all_bound, explained, grant, kept_back
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, an_id, an_object


def ask(member: Member, to: str, *, item: str = ITEM, reason: str = "Their grid is next.") -> OriginatorAsked:
    return ask_originator(member.node, OFFICER, AskOriginatorRequest(id=item, to=to, reason=reason))


def requests_at(member: Member, item: str | None = None) -> RequestList:
    return list_requests(member.node, OFFICER, ListRequestsRequest(id=item))


def given_to_ruritania(free: Member, ruri: Member, north: Member) -> None:
    """An item of Freedonia's under its control, which Ruritania alone was granted."""
    all_bound(free, ruri, north)
    free.put(MARK, kept_back(1))
    grant(free, ruri)
    assert ruri.sync(free.name).error == "" and ITEM in ruri.held_from(free)


def test_a_request_crosses_is_granted_and_the_item_goes_on(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        assert explained(ruri, north).explanation.next_step == "ask-originator"
        told = ask(ruri, north.name)
        assert (told.of, told.again) == (free.name, False)
        assert [one.state for one in requests_at(ruri).made] == ["asked"]
        free.sync(ruri.name)
        (one,) = requests_at(free).received
        assert (one.by, one.item, one.to, one.state, one.held) == (ruri.name, ITEM, north.name, "asked", True)
        assert one.reason == "Their grid is next."

        assert ruri.name in grant(free, north, through=(ruri,)).told
        assert [one.state for one in requests_at(free, ITEM).received] == ["granted"]
        ruri.sync(free.name)
        assert [one.state for one in requests_at(ruri).made] == ["granted"]
        assert explained(ruri, north).released
        assert free.alarms() == ruri.alarms() == []


def test_a_refusal_comes_back_with_its_reason_and_may_be_asked_anew(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        (one,) = requests_at(free).received
        wish = DeclineReleaseRequest(act=one.act, by="Duty officer", reason="A source would be known by it.")
        assert decline_release(free.node, OFFICER, wish).to == ruri.name
        with pytest.raises(Conflict):
            decline_release(free.node, OFFICER, wish)
        ruri.sync(free.name)
        (made,) = requests_at(ruri).made
        assert (made.state, made.answer) == ("declined", "A source would be known by it.")
        assert not explained(ruri, north).released
        assert not ask(ruri, north.name, reason="It is in their grid now.").again
        free.sync(ruri.name)
        assert [one.state for one in requests_at(free).received] == ["asked", "declined"]


def test_asked_again_before_an_answer_it_is_one_request(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        first, second = ask(ruri, north.name), ask(ruri, north.name, reason="Once more.")
        assert (second.again, second.act) == (True, first.act)
        assert len(requests_at(ruri).made) == 1


@pytest.mark.parametrize(
    ("item", "to", "reason", "error"),
    [
        (an_id("indicator", 99), "northwind-energy", "x", NotFound),
        (ITEM, "nobody", "x", NotFound),
        (ITEM, "northwind-energy", "  ", UsageError),
        (ITEM, "freedonia-csirt", "x", UsageError),
        (ITEM, "ruritania-csirt", "x", UsageError),
        (an_id("indicator", 5), "northwind-energy", "x", UsageError),
    ],
)
def test_what_cannot_be_asked_is_refused(
    asker: Member, item: str, to: str, reason: str, error: type[ComityError]
) -> None:
    with pytest.raises(error):
        ask(asker, to, item=item, reason=reason)
    assert requests_at(asker).made == ()


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Ruritania's node with an item of Freedonia's and one of its own."""
    with federation(tmp_path_factory.mktemp("ask"), *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ruri.put(an_object("indicator", 5))
        yield ruri


def a_newer_version(free: Member, ruri: Member) -> None:
    free.put(kept_back(1, modified="2031-02-03T00:00:00.000Z"))
    grant(free, ruri)
    assert ruri.sync(free.name).error == ""


def test_asked_for_a_newer_version_too_the_newest_act_stands_and_its_refusal_ends_it(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        a_newer_version(free, ruri)
        second = ask(ruri, north.name, reason="It has changed.")
        assert not second.again, "it names a version that the first does not"
        free.sync(ruri.name)
        (one,) = requests_at(free).received
        assert one.reason == "It has changed."
        decline_release(free.node, OFFICER, DeclineReleaseRequest(act=one.act, by="Duty officer", reason="Not yet."))
        ruri.sync(free.name)
        assert [(made.state, made.answer) for made in requests_at(ruri).made] == [("declined", "Not yet.")]
        assert not ask(ruri, north.name).again, "it is not stuck"


def test_a_version_that_came_after_the_grant_is_asked_for_and_not_yet_granted(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        grant(free, north, through=(ruri,))
        ruri.sync(free.name)
        assert [one.state for one in requests_at(ruri).made] == ["granted"]
        free.put(kept_back(1, modified="2031-02-03T00:00:00.000Z"))
        grant(free, ruri)
        ruri.sync(free.name)
        made = [ask(ruri, north.name).again for _ in "12"]
        assert made == [False, True]


def test_who_gets_no_answer_asks_anew_after_a_day(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        first = ask(ruri, north.name)
        clock = ruri.node.clock
        clock.right = clock.right + 24 * 3_600_000  # type: ignore[attr-defined]  # the clock of all
        anew = ask(ruri, north.name)
        assert not anew.again and anew.act != first.act
        assert len(requests_at(ruri).made) == 1, "the newer stands for the earlier"
        free.sync(ruri.name)
        assert len(requests_at(free).received) == 1
