"""Tests that the first page of a guest says what is new since the last visit, and what awaits the party's answer."""

from comity.desk.answer_as_guest import AnswerAsGuestRequest, answer_as_guest
from comity.desk.retract import RetractRequest, retract
from comity.desk.show_guest import ShowGuestRequest, show_guest
from comity.stores import accounts, guests
from tests.support.guests import BEACON, CANARY, HIDDEN, NORTH, RURI, WIPER, erase, guest_of, shares
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object


def sign_in(hub: Freedonia) -> None:
    with hub.node.store.write() as tx:
        row = accounts.account_named(tx, "nora.wind")
        assert row is not None
        guests.note_visit(tx, row.no, hub.clock.now)


def test_what_came_since_the_visit_before_is_new(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    hub.later(60)
    sign_in(hub)
    assert show_guest(hub.node, actor, ShowGuestRequest()).visited_before is None
    hub.later(60)
    sign_in(hub)
    hub.later(60)
    hub.put(an_object("tool", 7, name="fresh"))
    hub.put(an_object("tool", 8, name=CANARY), tlp="amber")
    hub.settle()
    shown = show_guest(hub.node, actor, ShowGuestRequest())
    assert shown.visited_before == "2031-03-01T12:01:00.000Z"
    assert [one.id for one in shown.items if one.is_new] == [an_id("tool", 7)]
    assert (shown.title, shown.given_by_title, shown.awaiting) == ("Northwind Energy", "Freedonia CSIRT", ())
    assert CANARY not in repr(shown)


def test_what_is_taken_back_awaits_an_answer_until_it_is_accepted(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    retract(hub.node, OFFICER, RetractRequest(id=WIPER, reason="Wrong hash.", deadline="2031-03-05"))
    (asked,) = show_guest(hub.node, actor, ShowGuestRequest()).awaiting
    assert (asked.what, asked.reason, asked.items) == ("retraction", "Wrong hash.", (WIPER,))
    assert asked.due is not None and asked.due.startswith("2031-03-05") and not asked.overdue

    answer_as_guest(
        hub.node, actor, AnswerAsGuestRequest(id=asked.id, level="need-time", by="Control room", until="2031-03-09")
    )
    (later,) = show_guest(hub.node, actor, ShowGuestRequest()).awaiting
    assert later.due is not None and later.due.startswith("2031-03-09")
    hub.at("2031-03-10T00:00:00Z")
    assert show_guest(hub.node, actor, ShowGuestRequest()).awaiting[0].overdue
    answer_as_guest(hub.node, actor, AnswerAsGuestRequest(id=asked.id, level="accepted", by="Control room"))
    assert show_guest(hub.node, actor, ShowGuestRequest()).awaiting == ()


def test_an_erasure_awaits_an_answer_and_names_no_item(hub: Freedonia) -> None:
    shares(hub)
    actor, other = guest_of(hub), guest_of(hub, RURI, "rosa.uri")
    erase(hub, BEACON, HIDDEN)
    (asked,) = show_guest(hub.node, actor, ShowGuestRequest()).awaiting
    assert (asked.what, asked.items, asked.due) == ("erasure", (), None)
    assert BEACON not in repr(asked) and show_guest(hub.node, other, ShowGuestRequest()).awaiting == ()


def test_a_promised_answer_awaits_until_it_is_given_or_the_item_is_gone(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    for name in (BEACON, WIPER):
        asked = AnswerAsGuestRequest(id=name, level="need-time", by="Control room", until="2031-03-04")
        answer_as_guest(hub.node, actor, asked)
    assert {one.id for one in show_guest(hub.node, actor, ShowGuestRequest()).awaiting} == {BEACON, WIPER}
    answer_as_guest(hub.node, actor, AnswerAsGuestRequest(id=BEACON, level="accepted", by="Control room"))
    (left,) = show_guest(hub.node, actor, ShowGuestRequest()).awaiting
    assert (left.id, left.what, left.due) == (WIPER, "promise", "2031-03-04T00:00:00.000Z")
    retract(hub.node, OFFICER, RetractRequest(id=WIPER, reason="Wrong."))
    (left,) = show_guest(hub.node, actor, ShowGuestRequest()).awaiting
    assert left.what == "retraction"


def test_a_party_that_was_not_served_is_told_nothing(hub: Freedonia) -> None:
    shares(hub)
    other = guest_of(hub, RURI, "rosa.uri")
    retract(hub.node, OFFICER, RetractRequest(id=WIPER, reason=CANARY))
    shown = show_guest(hub.node, other, ShowGuestRequest())
    assert (shown.awaiting, shown.items, shown.party) == ((), (), RURI) and CANARY not in repr(shown)
    assert hub.ids(NORTH) != [] and hub.ids(RURI) == []
