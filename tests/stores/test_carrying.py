"""Tests that a record's place in a signed set is found, on every store, and goes with its content."""

from comity.stores import carrying, erasing, keeping, stating
from comity.stores.opening import Store
from comity.stores.stating import ProvenanceRow
from comity.stores.streams import StreamNo
from tests.stores.test_stating import a_party
from tests.support.stores import a_record, keep

SIZE = 16
KNOWN = bytes(31 * 32)


def test_who_signed_a_record_and_what_opens_it_is_found_until_it_is_erased(store: Store) -> None:
    keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        first, second = (keeping.records_under(tx, f"indicator--{n}")[0].no for n in (1, 2))
        set_no = stating.hold_set(tx, a_party(tx, "elbonia"), b"r" * 32, SIZE, KNOWN, b"{}")
        assert set_no is not None
        rows = [
            ProvenanceRow(first, StreamNo(1), 1, 0, "relayed", set_no, 3, b"s" * 16),
            ProvenanceRow(second, StreamNo(1), 1, 1, "relayed", None, None),
        ]
        stating.note_provenance(store, tx, rows)
        assert carrying.shown_by(tx, [first, second]) == {first: (set_no, 3, b"s" * 16)}
        assert (carrying.signer_of(tx, first), carrying.signer_of(tx, second)) == ("elbonia", None)
        assert carrying.sets_numbered(tx, [set_no, 99]) == {set_no: (SIZE, KNOWN, b"{}")}
        erasing.erase_record(tx, first, b"b" * 32)
        assert carrying.shown_by(tx, [first]) == {}


def test_what_is_known_of_a_tree_grows(store: Store) -> None:
    one, other = bytearray(KNOWN), bytearray(KNOWN)
    one[:32], other[32:64] = b"a" * 32, b"b" * 32
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        numbers = {stating.hold_set(tx, party, b"r" * 32, SIZE, bytes(known), b"{}") for known in (one, other, one)}
        (set_no,) = numbers
        assert set_no is not None
        assert carrying.sets_numbered(tx, [set_no])[set_no].known[:64] == b"a" * 32 + b"b" * 32


def test_a_root_of_two_sizes_is_held_with_the_first_alone(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        first = stating.hold_set(tx, party, b"r" * 32, SIZE, KNOWN, b"{}")
        assert first is not None
        assert stating.hold_set(tx, party, b"r" * 32, 2 * SIZE, bytes(63 * 32), b"[]") is None
        assert carrying.sets_numbered(tx, [first])[first].envelope == b"{}"
