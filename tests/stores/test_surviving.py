"""Tests that statements are given one after the other, and what came by which leaf, on every store."""

import pytest

from comity.stores import erasing, keeping, stating, surviving
from comity.stores.opening import Store
from comity.stores.stating import HeldStatement, ProvenanceRow, Stated
from comity.stores.streams import StreamNo
from tests.support.stores import NOW, a_record, keep

FIFTH = StreamNo(5)


def test_statements_come_in_order_whatever_fits_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surviving, "AT_ONCE", 2)
    with store.write() as tx:
        for seq in range(1, 6):
            stating.hold_statement(tx, FIFTH, HeldStatement(seq, bytes([seq]) * 32, b"%d" % seq), "", NOW)
            stating.state(
                tx, Stated(3, seq, seq * 10 - 10, seq * 10, bytes([seq]) * 32, b"s" * 32, b"", b"%d" % seq, None)
            )
        expected = [(seq, b"%d" % seq) for seq in range(1, 6)]
        assert list(surviving.each_held(tx, FIFTH)) == list(surviving.each_made(tx, 3)) == expected
        assert list(surviving.each_held(tx, StreamNo(6))) == list(surviving.each_made(tx, 4)) == []


def test_what_came_by_a_leaf_is_found_by_its_place_also_when_it_is_erased(store: Store) -> None:
    keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        first, second = (keeping.records_under(tx, f"indicator--{n}")[0].no for n in (1, 2))
        rows = [
            ProvenanceRow(first, FIFTH, 7, 0, "signed", None, None),
            ProvenanceRow(second, FIFTH, 7, 3, "relayed", None, None),
        ]
        stating.note_provenance(store, tx, rows)
        erasing.erase_record(tx, second, b"b" * 32)
        found = surviving.came_by(tx, FIFTH, {(7, 0), (7, 3), (7, 9)})
        assert {place: (one.record_no, one.grade, one.is_erased) for place, one in found.items()} == {
            (7, 0): (first, "signed", False),
            (7, 3): (second, "relayed", True),
        }
        assert list(surviving.came_by(tx, FIFTH, {(7, 3)})) == [(7, 3)]
        assert surviving.came_by(tx, StreamNo(6), {(7, 0)}) == surviving.came_by(tx, FIFTH, ()) == {}
