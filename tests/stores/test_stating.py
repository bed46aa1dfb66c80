"""Tests what every store keeps of statements, alarms and receipts."""

from comity.stores import directory, stating
from comity.stores.opening import Store
from comity.stores.stating import HeldStatement, ProvenanceRow, Stated
from comity.stores.streams import StreamNo
from tests.support.stores import NOW

FIFTH = StreamNo(5)


def a_party(tx: object, name: str) -> int:
    return directory.add_party(
        tx,  # type: ignore[arg-type]
        name=name,
        title=name,
        kind="state",
        acts_for=None,
        default_tlp=None,
        is_self=False,
        now=NOW,
    ).no


def a_statement(seq: int, digest: bytes) -> Stated:
    return Stated(1, seq, seq * 10 - 10, seq * 10, digest * 32, b"s" * 32, b"\1", b"{}", None)


def test_statements_are_found_by_the_date_they_reach(store: Store) -> None:
    with store.write() as tx:
        for seq in (1, 2, 3):
            stating.state(tx, a_statement(seq, bytes([seq])))
        assert [one.seq for one in stating.next_stated(tx, 1, 10, limit=5)] == [2, 3]
        assert [one.seq for one in stating.next_stated(tx, 1, 9)] == [1]
        last = stating.last_stated(tx, 1)
        assert last == a_statement(3, b"\3")
        assert stating.last_stated(tx, 2) is None


def test_held_statements_are_found_by_number_or_the_last(store: Store) -> None:
    with store.write() as tx:
        for seq in (1, 2):
            stating.hold_statement(tx, FIFTH, HeldStatement(seq, bytes([seq]) * 32, b"{}"), "", NOW)
        first, last = stating.held_statement(tx, FIFTH, 1), stating.held_statement(tx, FIFTH)
        assert first is not None and last is not None
        assert (first.seq, last.seq, stating.held_statement(tx, StreamNo(6))) == (1, 2, None)


def test_missing_leaves_are_counted_over_all_statements(store: Store) -> None:
    with store.write() as tx:
        for seq, missing in ((1, ""), (2, "3"), (3, "0,7,12")):
            stating.hold_statement(tx, FIFTH, HeldStatement(seq, bytes([seq]) * 32, b"{}"), missing, NOW)
        assert (stating.missing_leaves(tx, FIFTH), stating.missing_leaves(tx, StreamNo(6))) == (4, 0)


def test_receipts_are_told_by_digest_and_statements_counted(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        stating.state(tx, a_statement(1, b"\1")._replace(reader_no=party))
        stating.state(tx, a_statement(2, b"\2")._replace(reader_no=party))
        acknowledged = [(9, digest, party, "stored", NOW + 1) for digest in (b"\1" * 32, b"x" * 32)]
        stating.note_receipts(store, tx, acknowledged)
        assert stating.stream_state(tx, party) == (2, 1)
        (told,) = stating.receipts_of(tx, [b"x" * 32])
        assert (told.party, told.level, told.at_ms) == ("elbonia", "stored", NOW + 1)


def test_a_set_is_held_once_and_its_tree_grows(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        first = stating.hold_set(tx, party, b"r" * 32, 16, b"a", b"{}")
        assert stating.hold_set(tx, party, b"r" * 32, 16, b"b", b"{}") == first
        row = ProvenanceRow(1, StreamNo(1), 1, 0, "signed", first, 3)
        stating.note_provenance(store, tx, [row])
        stating.note_provenance(store, tx, [row._replace(grade="relayed")])
        assert stating.provenance_of(tx, 1) == ("signed", 1, 0)
        assert stating.provenance_of(tx, 2) is None


def test_the_first_statement_without_a_receipt_of_its_reader_is_found(store: Store) -> None:
    with store.write() as tx:
        party, other = a_party(tx, "elbonia"), a_party(tx, "ruritania")
        assert stating.first_unacknowledged(tx, party) == 1
        for seq in (1, 2, 3):
            stating.state(tx, a_statement(seq, bytes([seq]))._replace(reader_no=party))
        stating.note_receipts(
            store, tx, [(8, b"\2" * 32, party, "stored", int(NOW)), (9, b"\1" * 32, other, "stored", 1)]
        )
        assert stating.first_unacknowledged(tx, party) == 1, "another party's receipt says nothing"
        stating.note_receipts(store, tx, [(10, b"\1" * 32, party, "stored", int(NOW))])
        assert stating.first_unacknowledged(tx, party) == 3
        stating.note_receipts(store, tx, [(11, b"\3" * 32, party, "stored", int(NOW))])
        assert stating.first_unacknowledged(tx, party) == 4
        found = stating.stated_at(tx, party, 2)
        assert found is not None and found.sha256 == b"\2" * 32
        assert stating.stated_at(tx, party, 4) is None


def test_statements_of_which_something_lacks_are_found_until_it_has_come(store: Store) -> None:
    with store.write() as tx:
        for seq, missing in ((1, ""), (2, "0,3"), (3, "1")):
            stating.hold_statement(tx, FIFTH, HeldStatement(seq, bytes([seq]) * 32, b"{}"), missing, NOW)
        assert [one.seq for one in stating.gapped_statements(tx, FIFTH, 10)] == [2, 3]
        assert [one.seq for one in stating.gapped_statements(tx, FIFTH, 1)] == [2]
        assert (stating.missing_of(tx, FIFTH, 2), stating.missing_of(tx, FIFTH, 1)) == ({0, 3}, set())
        assert [stating.note_missing(tx, FIFTH, 2, "3") for _ in range(2)] == [True, False]
        assert stating.missing_of(tx, FIFTH, 2) == {3}
        stating.note_missing(tx, FIFTH, 2, "")
        assert [one.seq for one in stating.gapped_statements(tx, FIFTH, 10)] == [3]
        assert stating.held_envelopes(tx, FIFTH) == [(seq, b"{}") for seq in (1, 2, 3)]
        assert stating.held_envelopes(tx, StreamNo(6)) == []


def test_records_are_found_by_the_leaves_they_came_by(store: Store) -> None:
    with store.write() as tx:
        rows = [ProvenanceRow(no, FIFTH, 1, leaf, "signed", None, None) for no, leaf in ((7, 0), (8, 1), (9, 2))]
        stating.note_provenance(store, tx, rows)
        assert stating.records_by_leaf(tx, FIFTH, 1, [2, 0, 5]) == [7, 9]
        assert stating.records_by_leaf(tx, FIFTH, 2, [0]) == []
        assert stating.records_by_leaf(tx, FIFTH, 1, []) == []


def test_what_is_not_acknowledged_is_counted_and_what_is_has_its_time(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        for seq in (1, 2, 3):
            stating.state(tx, a_statement(seq, bytes([seq]))._replace(reader_no=party))
        assert stating.unacknowledged(tx) == [("elbonia", 3, 10)]
        stating.note_receipts(
            store, tx, [(9, b"\1" * 32, party, "stored", 77), (8, b"\2" * 32, party + 1, "stored", 5)]
        )
        assert stating.unacknowledged(tx) == [("elbonia", 2, 20)]
        assert [stating.stored_at(tx, party, date) for date in (1, 10, 11)] == [77, 77, None]


def test_the_statement_behind_a_record_is_found(store: Store) -> None:
    with store.write() as tx:
        stating.hold_statement(tx, FIFTH, HeldStatement(7, b"7" * 32, b"{7}"), "", NOW)
        stating.note_provenance(store, tx, [ProvenanceRow(3, FIFTH, 7, 2, "signed", None, None)])
        assert stating.statement_behind(tx, 3) == (2, b"{7}")
        assert stating.statement_behind(tx, 4) is None
