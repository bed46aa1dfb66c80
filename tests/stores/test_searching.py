"""Tests finding records by the values in them, alike on every store."""

from comity.stores import keeping, searching
from comity.stores.opening import Store
from tests.support.stores import a_record, keep


def test_a_value_is_found_whole_or_by_its_beginning(store: Store) -> None:
    values = {
        "indicator--1": ["evil.example", "evil.example.net"],
        "malware--2": ["evil-twin", "EVIL"],
        "tool--3": ["ünïcode evil", "evil.example"],
    }
    keep(store, a_record("indicator--1"), a_record("malware--2"), a_record("tool--3"), values=values)
    with store.read() as tx:
        assert searching.find(tx, "evil.example", None, 0, 10) == [1, 3]
        assert searching.find(tx, "evil.example", "tool", 0, 10) == [3]
        assert searching.find(tx, "evil.*", None, 0, 10) == [1, 3]
        assert searching.find(tx, "evil*", None, 0, 10) == [1, 2, 3]
        assert searching.find(tx, "ünï*", None, 0, 10) == [3]
        assert searching.find(tx, "evil", None, 0, 10) == []
        assert searching.find(tx, "evil_example", None, 0, 10) == []
        assert searching.find(tx, "%", None, 0, 10) == []


def test_results_page_by_number_and_leave_out_what_was_taken_back(store: Store) -> None:
    names = [f"indicator--{i}" for i in range(5)]
    keep(store, *map(a_record, names), values={name: ["same"] for name in names})
    with store.write() as tx:
        keeping.withdraw_records(tx, [2])
        assert searching.find(tx, "same", None, 0, 2) == [1, 3]
        assert searching.find(tx, "same", None, 3, 9) == [4, 5]
