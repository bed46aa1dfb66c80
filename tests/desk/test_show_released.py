"""Tests that a guest is shown an item with its versions, terms and own receipts, and of others nothing."""

import json

import pytest

from comity.desk.answer_as_guest import AnswerAsGuestRequest, answer_as_guest
from comity.desk.show_released import ShowReleasedRequest, show_released
from comity.errors import NotFound
from tests.support.guests import BEACON, CANARY, HIDDEN, MAKER, NORTH, RURI, WIPER, guest_of, shares
from tests.support.nodes import Freedonia, agreement, an_object, clause


def test_the_terms_are_those_of_agreements_that_the_party_knows(hub: Freedonia) -> None:
    shares(hub)
    shown = show_released(hub.node, guest_of(hub), ShowReleasedRequest(id=BEACON))
    assert [(one.article, one.binds) for one in shown.clauses] == [("art-1", False), ("art-2", True)]
    assert shown.clauses[1].text == "For the defence of own networks."
    assert (shown.given_by, shown.given_by_title, shown.item.creator) == (
        "freedonia-csirt", "Freedonia CSIRT", "Freedonia CSIRT",
    )  # fmt: skip
    assert json.loads(shown.versions[0].body) == next(one for one in hub.objects(NORTH) if one["id"] == BEACON)


def test_a_reference_to_what_is_hidden_is_not_in_the_bytes(hub: Freedonia) -> None:
    shares(hub)
    shown = show_released(hub.node, guest_of(hub), ShowReleasedRequest(id=WIPER))
    assert "created_by_ref" not in shown.versions[0].body and CANARY not in repr(shown)


@pytest.mark.parametrize("name", [HIDDEN, "indicator--nothing", "", "x" * 500, "a\0b", MAKER.upper()])
def test_what_is_hidden_is_not_found_as_what_is_not_there(hub: Freedonia, name: str) -> None:
    shares(hub)
    with pytest.raises(NotFound):
        show_released(hub.node, guest_of(hub), ShowReleasedRequest(id=name))


def test_versions_stand_with_the_latest_first(hub: Freedonia) -> None:
    shares(hub)
    hub.put(an_object("malware", 2, name="Later", modified="2031-02-20T00:00:00.000Z"))
    hub.put(an_object("malware", 2, name=CANARY, modified="2031-02-21T00:00:00.000Z"), tlp="amber")
    shown = show_released(hub.node, guest_of(hub), ShowReleasedRequest(id=WIPER))
    assert [json.loads(one.body)["name"] for one in shown.versions] == ["Later", "Wiper"]


def test_receipts_of_another_party_are_not_shown(hub: Freedonia) -> None:
    shares(hub)
    text = agreement(clause("1", "share", tlp_at_most="green"), parties=("freedonia-csirt", RURI))
    hub.agree(text, adhere=("freedonia-csirt", RURI))
    ours, theirs = guest_of(hub), guest_of(hub, RURI, "rosa.uri")
    asked = AnswerAsGuestRequest(id=BEACON, level="declined", by="Ruritanian office", reason=CANARY)
    answer_as_guest(hub.node, theirs, asked)
    shown = show_released(hub.node, ours, ShowReleasedRequest(id=BEACON))
    assert (shown.receipts, shown.item.answer) == ((), None)
    theirs_shown = show_released(hub.node, theirs, ShowReleasedRequest(id=BEACON))
    assert [one.unsigned for one in theirs_shown.receipts] == [True] and theirs_shown.item.answer == "declined"
    assert CANARY not in repr(shown) and {one.agreement for one in shown.clauses} == {"free-north"}
