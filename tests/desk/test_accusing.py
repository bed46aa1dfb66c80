"""Tests that sound acts which say what cannot be are alarms with their evidence, counted, and have no effect."""

from pathlib import Path

import pytest

from comity.desk.acts import head
from comity.desk.give_receipt import GiveReceiptRequest, OfficersLevel, give_receipt
from comity.desk.take_acts import take_act
from comity.records import codec, dsse
from comity.records.kinds import Act, Receipt, RetractedItem, Retraction
from comity.stores import directory
from comity.values import PartyName
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")
TEXT = agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES)
NOTHING = "ab" * 32


def give(giver: Member, taker: Member, act: Act) -> bytes:
    """Let one take an act of another in; gives its envelope."""
    envelope = dsse.sign(codec.encode(act), giver.node.keys.record)
    with taker.node.store.write() as tx:
        party = directory.party_named(tx, giver.name)
        assert party is not None
        take_act(taker.node, tx, envelope, party, taker.node.clock())
    return envelope


def a_receipt(giver: Member, taker: Member, *of: str) -> Receipt:
    return Receipt(**head(giver.node, giver.node.clock())._asdict(), to=PartyName(taker.name), level="stored", of=of)


def test_a_receipt_for_what_was_never_sent_is_an_alarm_that_is_counted(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        first = give(ruri, free, a_receipt(ruri, free, NOTHING))
        give(ruri, free, a_receipt(ruri, free, "cd" * 32))
        (alarm,) = free.alarms()
        assert (alarm.kind, alarm.party, alarm.times) == ("receipt-for-nothing", ruri.name, 2)
        assert alarm.evidence == first


def test_one_digest_never_sent_among_those_that_were_is_an_alarm_too(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        assert ruri.sync().error == ""
        assert free.acknowledged(ruri) == (1, 1)
        assert free.alarms() == []
        with free.node.store.read() as tx:
            (stated,) = tx.exec_driver_sql("select sha256 from statements").scalars().all()
        give(ruri, free, a_receipt(ruri, free, bytes(stated).hex()))
        assert free.alarms() == []
        give(ruri, free, a_receipt(ruri, free, bytes(stated).hex(), NOTHING))
        assert [alarm.kind for alarm in free.alarms()] == ["receipt-for-nothing"]


def test_what_was_sent_to_another_is_nothing_that_was_sent_to_this_one(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, "Northwind Energy") as (free, ruri, north):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        assert ruri.sync(free.name).error == ""
        with free.node.store.read() as tx:
            (stated,) = tx.exec_driver_sql("select sha256 from statements").scalars().all()
        give(north, free, a_receipt(north, free, bytes(stated).hex()))
        assert [(alarm.kind, alarm.party) for alarm in free.alarms()] == [("receipt-for-nothing", north.name)]


@pytest.mark.parametrize("level", ["seen", "accepted"])
def test_an_officers_receipt_on_a_rendition_that_was_served_is_no_alarm(tmp_path: Path, level: OfficersLevel) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1, created_by_ref=an_id("identity", 9)))
        assert ruri.sync().error == ""
        assert set(ruri.grades().values()) == {"rendition"}
        give_receipt(ruri.node, OFFICER, GiveReceiptRequest(id=an_id("indicator", 1), level=level, by="Duty officer"))
        ruri.sync()
        free.sync()
        assert free.alarms() == []


def test_a_retraction_of_what_another_gave_is_an_alarm_and_takes_nothing_back(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, "Northwind Energy") as (free, ruri, north):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        assert ruri.sync(free.name).error == ""
        act = Retraction(
            **head(north.node, north.node.clock())._asdict(),
            items=(RetractedItem(id=an_id("indicator", 1)), RetractedItem(id=an_id("indicator", 2))),
            reason="ours now",
        )
        envelope = give(north, ruri, act)
        (alarm,) = ruri.alarms()
        assert (alarm.kind, alarm.party, alarm.evidence) == ("retraction-of-anothers", north.name, envelope)
        assert alarm.facts.endswith(": 1"), "what is not held at all is nobody's"
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]
