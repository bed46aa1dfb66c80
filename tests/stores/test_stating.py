"""Tests what every store keeps of statements, alarms and receipts."""

from comity.stores import directory, stating
from comity.stores.opening import Store
from comity.stores.stating import HeldStatement, ProvenanceRow, Stated
from tests.support.stores import NOW


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
            stating.hold_statement(tx, 5, HeldStatement(seq, bytes([seq]) * 32, b"{}"), "", NOW)
        first, last = stating.held_statement(tx, 5, 1), stating.held_statement(tx, 5)
        assert first is not None and last is not None
        assert (first.seq, last.seq, stating.held_statement(tx, 6)) == (1, 2, None)


def test_an_alarm_that_stands_is_noted_once(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        for _ in range(2):
            stating.raise_alarm(tx, party, "gap", "statement 1", NOW, b"proof")
        stating.raise_alarm(tx, party, "gap", "statement 2", NOW, None)
        assert [(one.party, one.facts, one.evidence) for one in stating.standing_alarms(tx)] == [
            ("elbonia", "statement 1", b"proof"),
            ("elbonia", "statement 2", None),
        ]


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
        row = ProvenanceRow(1, 1, 1, 0, "signed", first, 3)
        stating.note_provenance(store, tx, [row])
        stating.note_provenance(store, tx, [row._replace(grade="relayed")])
        assert stating.provenance_of(tx, 1) == ("signed", 1, 0)
        assert stating.provenance_of(tx, 2) is None
