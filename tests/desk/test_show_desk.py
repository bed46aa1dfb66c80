"""Tests what the first page gathers, and what of it is whose."""

from comity.desk.show_desk import DeskShown, ShowDeskRequest, show_desk, waiting_for
from comity.stores import directory, stating
from comity.stores.stating import Stated
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER, Freedonia


def shown(hub: Freedonia) -> DeskShown:
    return show_desk(hub.node, OFFICER, ShowDeskRequest())


def test_a_quiet_node_needs_nobody(hub: Freedonia) -> None:
    desk = shown(hub)
    assert (desk.quarantine, desk.alarms, desk.receipts_due, desk.peers, desk.changes) == ((), (), (), (), ())


def test_a_busy_node_says_what_from_whom_and_since_when(hub: Freedonia) -> None:
    busy(hub)
    desk = shown(hub)
    assert {(one.source, one.reason, one.count) for one in desk.quarantine} == {
        ("freedonia-csirt", "no-id", 1),
        ("freedonia-csirt", "repeated-key", 1),
    }
    (alarm,) = desk.alarms
    assert (alarm.party, alarm.kind, alarm.evidence_bytes) == ("ruritania-csirt", "rollback", 13)
    (peer,) = desk.peers
    assert (peer.party, peer.state) == ("northwind-energy", "failing")
    (change,) = desk.changes
    assert (change.agreement, change.article, change.what) == ("example-agreement", "7(2)", "stops")


def test_each_role_is_told_what_waits_for_it(hub: Freedonia) -> None:
    busy(hub)
    assert waiting_for(hub.node, "mara.ellend", ("duty-officer",)) == 2
    assert waiting_for(hub.node, "mara.ellend", ("analyst", "releaser")) == 1
    assert waiting_for(hub.node, "mara.ellend", ("directory-officer",)) == 1
    assert waiting_for(hub.node, "mara.ellend", ("administrator", "operator")) == 0
    assert waiting_for(hub.node, "mara.ellend", ()) == 0


def test_a_statement_without_a_receipt_is_due(hub: Freedonia) -> None:
    with hub.node.store.write() as tx:
        ruritania = directory.party_named(tx, "ruritania-csirt")
        assert ruritania is not None
        for seq in (1, 2):
            digest = bytes([seq]) * 32
            stating.state(tx, Stated(ruritania.no, seq, 0, int(hub.clock.now) + seq, digest, b"s" * 32, b"", b"", None))
        stating.note_receipts(hub.node.store, tx, [(9, bytes([1]) * 32, ruritania.no, "stored", 5)])
    (due,) = shown(hub).receipts_due
    assert (due.party, due.statements, due.since) == ("ruritania-csirt", 1, "2031-03-01T12:00:00.002Z")
