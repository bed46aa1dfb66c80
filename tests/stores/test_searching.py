"""Tests finding records by the values in them, alike on every store."""

import pytest
from sqlalchemy import delete, insert, update

from comity.stores import keeping, searching
from comity.stores.opening import Store
from comity.stores.tables import records, search_values
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


def test_the_first_record_since_a_moment_is_found_among_gaps(store: Store) -> None:
    keep(store, *(a_record(f"indicator--{n}") for n in range(9)))
    with store.write() as tx:
        for no in (1, 4, 5):
            tx.execute(delete(records).where(records.c.no == no))
        for no in range(1, 10):
            tx.execute(update(records).where(records.c.no == no).values(kept_ms=no * 10))
        held = [2, 3, 6, 7, 8, 9]
        for moment in range(100):
            after = [no for no in held if no * 10 >= moment]
            found = searching.first_kept_since(tx, moment)
            assert [no for no in held if no >= found] == after


def test_classes_are_walked_in_order_from_either_end(store: Store) -> None:
    keep(store, *(a_record(f"indicator--{n}") for n in range(9)))
    with store.write() as tx:
        for no in range(1, 10):
            tx.execute(update(records).where(records.c.no == no).values(class_no=1 + no % 3))

        def walk(classes: list[int], after: int = 0, *, newest: bool = False, **among: int) -> list[int]:
            return searching.browse(tx, None, after, 4, searching.Among(classes, **among), newest=newest)

        assert walk([1, 2]) == [1, 3, 4, 6] and walk([1, 2], 6) == [7, 9]
        assert walk([1, 2], newest=True) == [9, 7, 6, 4] and walk([1, 2], 4, newest=True) == [3, 1]
        assert walk([1, 2, 3], low=3, high=6) == [3, 4, 5] and walk([]) == [] and walk([9]) == []


@pytest.mark.parametrize("newest", [False, True])
def test_what_is_rare_is_found_beyond_the_stretch_that_is_walked(store: Store, newest: bool) -> None:
    keep(store, *(a_record(f"indicator--{n}") for n in range(60)))
    with store.write() as tx:
        rare = [7, 30, 54]
        for no in rare:
            tx.execute(update(records).where(records.c.no == no).values(class_no=5))
        found = searching.browse(tx, None, 0, 4, searching.Among([5]), newest=newest)
        assert found == (rare[::-1] if newest else rare)


def test_a_beginning_that_very_many_have_finds_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, *(a_record(f"indicator--{n}") for n in range(9)))
    with store.write() as tx:
        for no in range(1, 10):
            tx.execute(insert(search_values).values(value=f"many-{no % 4}", record_no=no, kind="name"))
            tx.execute(insert(search_values).values(value=f"many-{no % 3}x", record_no=no, kind="name"))
        one = searching.find(tx, "many-*", None, 2, 5)
        monkeypatch.setattr(searching, "_MOST_GATHERED", 2)
        assert searching.find(tx, "many-*", None, 2, 5) == one == [3, 4, 5, 6, 7]
        assert searching.find(tx, "many-*", "malware", 0, 5) == []
        assert searching.find(tx, "many-1*", None, 0, 9, searching.Among(low=4, high=9)) == [4, 5, 7]
