"""Tests what every store finds in a view when policy has changed: what lacks, what names something new."""

import pytest
from sqlalchemy import delete, insert

from comity.stores import delivering, view_changes
from comity.stores.opening import Store
from comity.stores.tables import MEMBER, PORTIONS, links
from comity.stores.view_changes import Rest
from comity.values import id_key
from tests.support.stores import NOW, a_record, add_reader, keep


def test_what_a_reader_lacks_of_a_class_is_given_in_order(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{i}") for i in range(4)), a_record("indicator--p", flags=PORTIONS))
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(nos[1], 1, 12)], NOW)

        assert view_changes.not_delivered(tx, reader, Rest([1], []), nos[-1]) == [nos[0], nos[2], nos[3], nos[4]]
        assert view_changes.not_delivered(tx, reader, Rest([], [1]), nos[-1]) == [nos[4]]
        assert view_changes.not_delivered(tx, reader, Rest([1], [1]), nos[2]) == [nos[0], nos[2]]


@pytest.mark.parametrize("many", [False, True])
def test_what_names_something_new_is_found_from_either_side(store: Store, many: bool) -> None:
    names = ["malware--1", "malware--2", "malware--3", "report--1", "report--2", "report--3", "relationship--1"]
    ends = {"relationship--1": ["malware--1"], "report--1": ["malware--1"]}
    nos = dict(zip(names, keep(store, *map(a_record, names), ends=ends, siblings=("malware--1",)), strict=True))
    again = keep(store, a_record("malware--2", version_us=2), siblings=("malware--2",))[0]
    with store.write() as tx:
        one, other = add_reader(tx, "one"), add_reader(tx, "two")
        tx.execute(delete(links).where(links.c.from_no == nos["report--1"]))
        for report, member in (("report--1", "malware--1"), ("report--2", "malware--2"), ("report--3", "malware--3")):
            link = {"to_key": id_key(member), "from_no": nos[report], "role": MEMBER}
            tx.execute(insert(links).values(link))
        delivering.append(store, tx, other, [(nos["malware--3"], 1, 1)], NOW)
        delivering.append(store, tx, one, [(nos["malware--2"], 1, 1), (nos["relationship--1"], 1, 2)], NOW)
        start = delivering.last_date(tx, one)
        delivering.append(store, tx, one, [(nos["malware--1"], 1, 1), (again, 1, 1)], NOW)
        assert view_changes.naming_new(tx, one, start, many=many) == [nos["report--1"]]
        linked = view_changes.linked_to_new_versions(tx, one, start, many=many)
        assert [row.no for row in linked] == [nos["relationship--1"]]


def test_it_is_told_whether_much_is_new(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_changes, "_MANY_NEW", 3)
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(no, 1, 1) for no in range(1, 5)], NOW)
        assert [view_changes.are_many_new(tx, reader, NOW + passed) for passed in (-1, 0, 1)] == [True, True, False]
