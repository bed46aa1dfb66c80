"""Tests that an officer's receipt is signed, crosses by itself, and that nothing but an officer's word makes one."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.give_receipt import GiveReceiptRequest, ReceiptGiven, give_receipt
from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.desk.list_receipts import ListReceiptsRequest, list_receipts
from comity.desk.receipt_views import ReceiptView
from comity.desk.retract import RetractRequest, retract
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from tests.support.desks import freedonia, take_in
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

ITEM = an_id("indicator", 1)
DESK = "Duty officer, Ruritania CSIRT"


@pytest.fixture
def met(tmp_path: Path) -> Iterator[list[Member]]:
    """Freedonia has given Ruritania an indicator."""
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as members:
        free, ruri = members
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 1))
        ruri.sync()
        yield members


def give(member: Member, **said: str) -> ReceiptGiven:
    request = msgspec.convert({"id": ITEM, "level": "seen", "by": DESK, **said}, GiveReceiptRequest)
    return give_receipt(member.node, OFFICER, request)


def said(member: Member) -> list[ReceiptView]:
    return list(list_receipts(member.node, OFFICER, ListReceiptsRequest()).receipts)


def waiting(member: Member) -> int:
    return list_peers(member.node, OFFICER, ListPeersRequest()).parties[0].waiting


def test_reading_by_itself_says_nothing_in_an_officers_name(met: list[Member]) -> None:
    free, ruri = met
    ruri.sync()
    free.sync()
    assert said(free) == said(ruri) == []


@pytest.mark.parametrize(
    "word",
    [
        {"level": "seen"},
        {"level": "accepted", "reason": "Blocked at the border."},
        {"level": "declined", "reason": "A sinkhole of ours."},
        {"level": "need-time", "until": "2031-03-02T12:00:00Z"},
    ],
)
def test_an_officers_word_reaches_the_giver_with_the_next_reading(met: list[Member], word: dict[str, str]) -> None:
    free, ruri = met
    assert give(ruri, **word).to == free.name
    assert (waiting(ruri), said(free)) == (1, [])
    assert (ruri.sync().error, waiting(ruri)) == ("", 0)
    (here,), (there,) = said(ruri), said(free)
    assert (there.party, there.to, there.about, there.by) == (ruri.name, free.name, ITEM, DESK)
    assert (there.level, there.reason) == (word["level"], word.get("reason"))
    assert (there.until is not None) == (word["level"] == "need-time")
    assert (there.of, there.said_at) == (here.of, here.said_at)
    assert show_item(free.node, OFFICER, ShowItemRequest(id=ITEM)).receipts == (there,)
    assert show_item(ruri.node, OFFICER, ShowItemRequest(id=ITEM)).receipts == (here,)
    assert free.alarms() == ruri.alarms() == []


def test_who_reads_here_finds_the_word_in_its_page_and_acknowledges_it(met: list[Member]) -> None:
    free, ruri = met
    give(ruri, level="accepted")
    told = free.sync()
    assert (told.error, told.acts) == ("", 1)
    assert (len(said(free)), waiting(ruri)) == (1, 0)
    assert (free.sync().acts, ruri.sync().acts) == (0, 0), "nobody acknowledges acknowledgements"


def test_a_retraction_waits_for_a_word_until_an_officer_answers(met: list[Member]) -> None:
    free, ruri = met
    request = RetractRequest(id=ITEM, reason="A bystander's address.", deadline="2031-03-08T12:00:00Z")
    retract(free.node, OFFICER, request)
    ruri.sync()
    (waits,) = list_receipts(ruri.node, OFFICER, ListReceiptsRequest()).unanswered
    assert (waits.party, waits.reason, waits.deadline) == (free.name, request.reason, "2031-03-08T12:00:00.000Z")
    give(ruri, id=waits.act, level="need-time", until="2031-03-02T12:00:00Z")
    assert list_receipts(ruri.node, OFFICER, ListReceiptsRequest()).unanswered == (waits,)
    give(ruri, id=waits.act, level="accepted")
    assert list_receipts(ruri.node, OFFICER, ListReceiptsRequest()).unanswered == ()
    ruri.sync()
    assert [(one.level, one.about) for one in said(free)] == [("accepted", waits.act), ("need-time", waits.act)]


def test_what_a_level_needs_must_be_there(met: list[Member]) -> None:
    _, ruri = met
    for word in (
        {"by": " "},
        {"level": "declined"},
        {"level": "declined", "reason": " "},
        {"level": "need-time"},
        {"until": "2031-03-02T12:00:00Z"},
        {"level": "need-time", "until": "2031-02-01"},
        {"level": "need-time", "until": "soon"},
    ):
        with pytest.raises(UsageError):
            give(ruri, **word)
    with pytest.raises(NotFound):
        give(ruri, id="indicator--none")
    assert said(ruri) == []


def test_only_an_officer_speaks_and_nobody_of_the_own_items(met: list[Member]) -> None:
    free, ruri = met
    for role in ("operator", "submitter", "reader"):
        actor = msgspec.structs.replace(OFFICER, role=role)
        with pytest.raises(NotPermitted):
            give_receipt(ruri.node, actor, GiveReceiptRequest(id=ITEM, level="seen", by=DESK))
    with pytest.raises(NotFound):
        give(free)


def test_who_could_not_read_it_is_sent_none(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        add_party(node, OFFICER, AddPartyRequest(title="Elbonia", kind="state"))
        for source in ("elbonia", "northwind-energy"):
            take_in(node, tmp_path, an_object("indicator", 1), source=source)
        request = GiveReceiptRequest(id=str(an_object("indicator", 1)["id"]), level="seen", by=DESK)
        with pytest.raises(UsageError, match="--from"):
            give_receipt(node, OFFICER, request)
        with pytest.raises(Conflict, match="not accepted"):
            give_receipt(node, OFFICER, msgspec.structs.replace(request, source="elbonia"))
        assert list_receipts(node, OFFICER, ListReceiptsRequest()).receipts == ()
