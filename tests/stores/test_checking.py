"""Tests what is read of records for the comparison with the log."""

from sqlalchemy import delete

from comity.stores import checking, numbering
from comity.stores.opening import Store
from comity.stores.tables import ACT, MEMBER, links, queue, records
from comity.values import id_key
from tests.support.stores import a_record, keep


def test_records_come_with_all_that_stands_beside_them(store: Store) -> None:
    keep(
        store,
        a_record("relationship--1"),
        a_record("malware--2"),
        ends={"relationship--1": ["malware--2"]},
        values={"malware--2": ["evil", "worse"]},
    )
    with store.read() as tx:
        rows = checking.whole_records(tx, 1, 2)
        beside = checking.beside(tx, 1, 2)
        assert checking.whole_records(tx, 3, 9) == []
    assert [(row.no, row.stix_id, row.family_word) for row in rows] == [
        (1, "relationship--1", "item"),
        (2, "malware--2", "item"),
    ]
    assert rows[0].body == b"relationship--1 1 1"
    assert dict(beside.links) == {1: {(id_key("malware--2"), 0)}}
    assert dict(beside.values) == {2: {("name", "evil"), ("name", "worse")}}


def test_acts_are_found_by_their_kind(store: Store) -> None:
    act = a_record("x-comity-erasure--1", family=ACT, class_no=0, source_no=0)._replace(type="x-comity-erasure")
    keep(store, a_record(), act)
    with store.read() as tx:
        assert [no for no, _ in checking.acts_of_type(tx, "x-comity-erasure")] == [2]


def test_records_that_nothing_will_number_are_named(store: Store) -> None:
    keep(store, a_record("indicator--1"), a_record("indicator--2"))
    keep(store, a_record("indicator--3"))
    with store.write() as tx:
        assert checking.numbers_beyond(tx, 0, 10) == []
        assert checking.waiting_beyond(tx, 1) == 2
        tx.execute(delete(queue).where(queue.c.first_no == 3))
        assert checking.numbers_beyond(tx, 0, 10) == [3]
        assert numbering.next_queued(tx) is not None


def test_what_derived_tables_say_of_no_record_is_named(store: Store) -> None:
    keep(store, a_record(), values={"indicator--1": ["evil"]})
    with store.write() as tx:
        tx.execute(links.insert().values(to_key=b"k" * 16, from_no=77, role=MEMBER))
        assert checking.derived_only(tx) == {"links": [77], "search_values": []}
        tx.execute(delete(records))
        assert checking.derived_only(tx) == {"links": [77], "search_values": [1]}
