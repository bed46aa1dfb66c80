"""Tests who sees what of acts that need a second person."""

import pytest

from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest
from comity.desk.list_acts import ActView, ListActsRequest, ShowActRequest, list_acts, show_act
from comity.desk.registry import VERBS
from comity.errors import NotFound
from tests.support.desk import Office
from tests.support.nodes import OFFICER
from tests.support.two import asked

SECRET = "They keep the directory."
CONCORD = AddPartyRequest(title="Concord Secretariat", kind="organisation", reason=SECRET, idempotency_key="hidden")


@pytest.fixture
def number(office: Office) -> int:
    office.account("mara.ellend", "analyst", "approver")
    office.account("tomas.weyl", "analyst")
    return asked(office.hub, OFFICER, "party add", CONCORD)


def seen(office: Office, actor: Actor) -> ActView:
    (one,) = list_acts(office.hub.node, actor, ListActsRequest()).acts
    return one


def by_web(name: str) -> Actor:
    return Actor(name=name, role="analyst", via="web")


def test_what_waits_for_any_role_of_a_person_waits_for_the_person(office: Office, number: int) -> None:
    one = seen(office, by_web("mara.ellend"))
    assert (one.mine_to_approve, one.reason, one.number) == (True, SECRET, number)


def test_to_others_it_says_only_that_something_waits(office: Office, number: int) -> None:
    one = seen(office, by_web("tomas.weyl"))
    assert (one.verb, one.reason, one.mine_to_approve, one.mine) == ("party add", "", False, False)
    for no in (number, 99):
        with pytest.raises(NotFound, match=f"no act {no} waits"):
            show_act(office.hub.node, by_web("tomas.weyl"), ShowActRequest(number=no))


def test_who_asked_sees_what_would_be_signed_without_what_is_no_content(office: Office, number: int) -> None:
    shown = show_act(office.hub.node, OFFICER, ShowActRequest(number=number))
    assert shown.view.mine and not shown.view.mine_to_approve
    assert dict(shown.request) == {"title": "Concord Secretariat", "kind": "organisation", "reason": SECRET}
    assert [one.kind for one in shown.signs] == ["x-comity-party"]
    assert len(bytes.fromhex(shown.challenge)) == 32


def test_what_lapsed_is_shown_as_that_and_waits_for_nobody(office: Office, number: int) -> None:
    office.hub.later(24 * 3600)
    assert list_acts(office.hub.node, by_web("mara.ellend"), ListActsRequest()).acts == ()
    (one,) = list_acts(office.hub.node, by_web("mara.ellend"), ListActsRequest(waiting=False)).acts
    assert (one.state, one.mine_to_approve) == ("expired", False)
    assert show_act(office.hub.node, OFFICER, ShowActRequest(number=number)).signs == ()


def test_the_verbs_are_asked_for_by_these_names() -> None:
    assert not VERBS["act list"].writes and not VERBS["act show"].writes
