"""Tests that what a guest says is recorded in this node's name, for the party, and shown so to its officers."""

import hashlib

import pytest

from comity.desk.answer_as_guest import AnswerAsGuestRequest, answer_as_guest
from comity.desk.guests import guest_of as bound
from comity.desk.guests import must_lack_node
from comity.desk.item_readers import ItemReadersRequest, item_readers
from comity.desk.list_receipts import ListReceiptsRequest, list_receipts
from comity.desk.read_view import read_objects
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.views import ReadQuery
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.records import codec, dsse
from comity.records.kinds import GuestReceipt
from comity.stores import answering, registers, trusting
from comity.stores.trusting import PeerRow
from tests.support.guests import BEACON, HIDDEN, MAKER, NORTH, RURI, WIPER, guest_of, shares
from tests.support.nodes import OFFICER, Freedonia

YES = AnswerAsGuestRequest(id=BEACON, level="accepted", by="Control room")


def test_the_act_says_whose_word_it_is_and_whose_node_wrote_it_down(hub: Freedonia) -> None:
    shares(hub)
    answered = answer_as_guest(hub.node, guest_of(hub), YES)
    assert (answered.party, answered.versions, answered.unsigned) == (NORTH, 1, True)
    with hub.node.store.read() as tx:
        found = answering.latest_answers(tx, 10, NORTH)
        (line,) = [one for one in registers.audit_rows(tx) if one.verb == "guest answer"]
    act = codec.decode(dsse.unverified_payload(found[0].envelope))
    assert isinstance(act, GuestReceipt)
    assert (act.issuer, act.party, act.by, act.about) == ("freedonia-csirt", NORTH, "Control room", BEACON)
    reader = hub.reader(NORTH)
    page = read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=1, ids=(BEACON,)))
    assert act.of == (hashlib.sha256(page.objects[0]).hexdigest(),)
    assert (line.actor, line.via) == ("nora.wind", "web") and BEACON not in line.facts


def test_officers_see_it_where_receipts_are_shown_with_those_words(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    for name in (BEACON, WIPER):  # the second is shown without its maker: what it was shown has another digest
        answer_as_guest(hub.node, actor, AnswerAsGuestRequest(id=name, level="seen", by="Control room"))
        parties = {one.party: one for one in item_readers(hub.node, OFFICER, ItemReadersRequest(id=name)).parties}
        assert (parties[NORTH].officer, parties[NORTH].unsigned) == ("seen", True)
        assert (parties[RURI].officer, parties[RURI].unsigned) == (None, False)
        said = show_item(hub.node, OFFICER, ShowItemRequest(id=name)).receipts
        assert [(one.party, one.level, one.unsigned, one.to) for one in said] == [
            (NORTH, "seen", True, "freedonia-csirt")
        ]
    listed = list_receipts(hub.node, OFFICER, ListReceiptsRequest(party=NORTH)).receipts
    assert [one.about for one in listed] == [WIPER, BEACON] and all(one.unsigned for one in listed)


def test_reading_says_nothing_by_itself(hub: Freedonia) -> None:
    shares(hub)
    guest_of(hub)
    hub.objects(NORTH)
    with hub.node.store.read() as tx:
        assert answering.latest_answers(tx, 10) == []


@pytest.mark.parametrize("name", [HIDDEN, "indicator--nothing", "", "x-comity-retraction--nothing"])
def test_nothing_is_said_of_what_is_not_released(hub: Freedonia, name: str) -> None:
    shares(hub)
    with pytest.raises(NotFound):
        answer_as_guest(hub.node, guest_of(hub), AnswerAsGuestRequest(id=name, level="seen", by="Control room"))


@pytest.mark.parametrize(
    "said",
    [
        {"by": " "},
        {"by": "a\x00b"},
        {"level": "declined"},
        {"level": "declined", "reason": " "},
        {"level": "need-time"},
        {"level": "seen", "until": "2031-03-09"},
        {"level": "need-time", "until": "2031-02-09"},
        {"level": "need-time", "until": "soon"},
    ],
)
def test_an_answer_is_whole(hub: Freedonia, said: dict[str, str]) -> None:
    shares(hub)
    actor = guest_of(hub)
    asked = AnswerAsGuestRequest(**({"id": BEACON, "level": "seen", "by": "Control room"} | said))  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        answer_as_guest(hub.node, actor, asked)


def test_one_key_has_one_effect(hub: Freedonia) -> None:
    shares(hub)
    actor, asked = guest_of(hub), AnswerAsGuestRequest(id=BEACON, level="seen", by="x", idempotency_key="k")
    assert answer_as_guest(hub.node, actor, asked) == answer_as_guest(hub.node, actor, asked)
    with hub.node.store.read() as tx:
        assert len(answering.latest_answers(tx, 10, NORTH)) == 1
    with pytest.raises(Conflict):
        answer_as_guest(hub.node, actor, AnswerAsGuestRequest(id=MAKER, level="seen", by="x", idempotency_key="k"))


def test_only_guests_answer_so(hub: Freedonia) -> None:
    shares(hub)
    with pytest.raises(NotPermitted):
        answer_as_guest(hub.node, OFFICER, YES)


def test_a_party_whose_node_has_come_signs_for_itself(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    with hub.node.store.write() as tx:
        guest = bound(tx, actor)
        must_lack_node(tx, guest)
        accepted = PeerRow(guest.party_no, b"r" * 32, "[]", b"a", 1, "x", 1, trusting.ACCEPTED)
        trusting.put_peer(tx, accepted)
    with pytest.raises(Conflict, match="a node of its own"):
        answer_as_guest(hub.node, actor, YES)
    with pytest.raises(Conflict, match="a node of its own"):
        guest_of(hub, NORTH, "second.guest")
