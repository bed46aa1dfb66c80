"""Tests that acts of others are taken in once, from their issuer alone, and have the effect that they may have."""

import hashlib
from pathlib import Path

import pytest

from comity.desk.acts import head
from comity.desk.item_readers import ItemReadersRequest, item_readers
from comity.desk.list_receipts import ListReceiptsRequest, list_receipts
from comity.desk.retract import RetractRequest, retract
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.suspend_agreement import (
    ResumeAgreementRequest,
    SuspendAgreementRequest,
    resume_agreement,
    suspend_agreement,
)
from comity.desk.take_acts import take_act
from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.kinds import Adherence, Agreement, GuestReceipt
from comity.stores import directory, keeping
from comity.values import PartyName, iso
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")
TEXT = agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES)


def take(member: Member, envelope: bytes, giver: str) -> str:
    with member.node.store.write() as tx:
        party = directory.party_named(tx, giver)
        assert party is not None
        return take_act(member.node, tx, envelope, party, member.node.clock())[0]


def own_acts(member: Member, kind: str) -> list[bytes]:
    with member.node.store.read() as tx:
        rows = tx.exec_driver_sql("select body from records where family = 1 and source_no = 0 and type = ?", (kind,))
        return [bytes(row[0]) for row in rows]


def adherences(member: Member) -> list[str]:
    with member.node.store.read() as tx:
        return list(tx.exec_driver_sql("select party from adherences order by party").scalars())


def test_an_act_has_one_effect_however_often_it_comes(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        (laid,), (bound,) = own_acts(free, "x-comity-agreement"), own_acts(free, "x-comity-adherence")
        assert [take(ruri, laid, free.name), take(ruri, bound, free.name)] == ["new", "new"]
        assert [take(ruri, laid, free.name), take(ruri, bound, free.name)] == ["duplicate", "duplicate"]


def test_nobody_gives_anothers_act_and_no_changed_byte_is_taken(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, "Northwind Energy") as (free, ruri, north):
        free.agree(TEXT)
        (laid,) = own_acts(free, "x-comity-agreement")
        with pytest.raises(RecordRejected, match="wrong-signer"):
            take(ruri, laid, north.name)
        for at in range(0, len(laid), 7):
            with pytest.raises(RecordRejected):
                take(ruri, laid[:at] + bytes([laid[at] ^ 1]) + laid[at + 1 :], free.name)
        assert own_acts(ruri, "x-comity-agreement") == []


def test_who_speaks_for_another_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        (laid,) = own_acts(free, "x-comity-agreement")
        take(ruri, laid, free.name)
        text = codec.decode(dsse.unverified_payload(laid))
        assert isinstance(text, Agreement)
        now = free.node.clock()
        forged = Adherence(
            **head(free.node, now)._asdict(),
            agreement=text.agreement,
            sha256=text.sha256,
            party=PartyName(ruri.name),
            effective_from=iso(now),
            recorded_by=PartyName(free.name),
            evidence="trust me",
        )
        envelope = dsse.sign(codec.encode(forged), free.node.keys.record)
        with pytest.raises(RecordRejected, match="wrong-speaker"):
            take(ruri, envelope, free.name)


def test_another_text_under_a_held_id_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        ruri.agree(TEXT + "# another\n")
        told = ruri.sync()
        assert told.error == ""
        assert {alarm.kind for alarm in ruri.alarms()} == {"act-refused", "act-not-taken"}
        assert all("other-text" in alarm.facts for alarm in ruri.alarms())
        again = ruri.sync()
        assert (again.error, again.posted) == ("", 0)


def test_what_a_party_says_on_a_text_that_comes_later_has_its_effect_then(tmp_path: Path) -> None:
    titles = (*NAMES, "Northwind Energy")
    with federation(tmp_path, *titles) as (free, ruri, north):
        parties = [one.name for one in (free, ruri, north)]
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=parties))
        north.sync(free.name)
        north.adhere("free-ruri")
        assert (ruri.sync(north.name).error, ruri.alarms()) == ("", [])
        assert ruri.sync(free.name).error == ""
        assert adherences(ruri) == ["freedonia-csirt", "northwind-energy"]
        assert [one.alarms() for one in (free, ruri, north)] == [[], [], []]


def test_what_was_said_on_another_text_of_the_same_id_has_no_effect(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        (bound,) = own_acts(free, "x-comity-adherence")
        assert take(ruri, bound, free.name) == "new"
        ruri.agree(TEXT + "# another\n")
        assert adherences(ruri) == ["ruritania-csirt"]
        assert [alarm.kind for alarm in ruri.alarms()] == ["act-refused"]


def test_what_was_said_before_a_text_was_added_by_hand_has_its_effect_then(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        (bound,) = own_acts(free, "x-comity-adherence")
        assert take(ruri, bound, free.name) == "new"
        ruri.agree(TEXT)
        assert adherences(ruri) == ["freedonia-csirt", "ruritania-csirt"]


def test_a_suspension_crosses_and_stops_both(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        ruri.sync()
        ruri.adhere("free-ruri")
        free.sync()
        free.put(an_object("indicator", 1))
        request = SuspendAgreementRequest(agreement="free-ruri", reason="Breach.", for_all=True)
        suspend_agreement(ruri.node, OFFICER, request)
        free.sync()
        assert "suspended" in free.explain(an_id("indicator", 1), ruri.name)


def test_a_rest_that_ends_for_its_party_ends_for_all_others(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        ruri.sync()
        ruri.adhere("free-ruri")
        free.put(an_object("indicator", 1))
        suspend_agreement(ruri.node, OFFICER, SuspendAgreementRequest(agreement="free-ruri", reason="A pause."))
        free.sync()
        assert "permitted" not in free.explain(an_id("indicator", 1), ruri.name).lower()
        assert len(ruri.held_from(free)) == 0
        resume_agreement(ruri.node, OFFICER, ResumeAgreementRequest(agreement="free-ruri", reason="Go on."))
        free.sync()
        assert (ruri.sync().error, len(ruri.held_from(free))) == ("", 1)


def test_a_retraction_takes_items_out_of_every_view_and_is_acknowledged(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1), an_object("indicator", 2))
        ruri.sync()
        told = retract(free.node, OFFICER, RetractRequest(id=an_id("indicator", 1), reason="A bystander's address."))
        assert told.served_to == (ruri.name,)
        assert ruri.sync().acts == 1
        assert list(ruri.held_from(free)) == [an_id("indicator", 2)]
        assert told.confirmed == ()


def test_what_a_peer_says_of_its_guests_is_nobodys_word_here(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, "Northwind Energy") as (free, ruri, north):
        free.agree(TEXT)
        free.put(an_object("indicator", 7))
        item = hashlib.sha256(own_bytes(free, an_id("indicator", 7))).hexdigest()
        for about in (free.name, north.name):  # for the very party that is told, and for a third one
            now = ruri.node.clock()
            said = GuestReceipt(
                **head(ruri.node, now)._asdict(),
                party=PartyName(about),
                level="accepted",
                of=(item,),
                about=an_id("indicator", 7),
                by="Minister",
            )
            envelope = dsse.sign(codec.encode(said), ruri.node.keys.record)
            assert [take(free, envelope, ruri.name) for _ in range(2)] == ["new", "duplicate"]
            with pytest.raises(RecordRejected, match="wrong-signer"):
                take(free, envelope, north.name)
        assert list_receipts(free.node, OFFICER, ListReceiptsRequest()).receipts == ()
        assert show_item(free.node, OFFICER, ShowItemRequest(id=an_id("indicator", 7))).receipts == ()
        readers = item_readers(free.node, OFFICER, ItemReadersRequest(id=an_id("indicator", 7))).parties
        assert {(one.officer, one.unsigned) for one in readers} == {(None, False)}


def own_bytes(member: Member, stix_id: str) -> bytes:
    with member.node.store.read() as tx:
        (row,) = keeping.records_under(tx, stix_id)
    assert row.body is not None
    return row.body
