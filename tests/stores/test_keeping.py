"""Tests what every store does with records: numbers, duplicates, classes, and by what they are found."""

import pytest

from comity.errors import StoreError
from comity.stores import keeping, numbering, searching
from comity.stores.keeping import empty_batch
from comity.stores.opening import Store
from comity.stores.tables import ACT, LIVE, WITHDRAWN
from comity.values import id_key
from tests.support.stores import a_record, keep


def test_a_kept_record_is_found_under_its_id_with_the_bytes_that_came(store: Store) -> None:
    body = b'{"type": "indicator",  "odd":\t"spacing \xc3\xa9"}'
    (no,) = keep(store, a_record("indicator--1", body=body))
    with store.read() as tx:
        held = keeping.held_under(tx, [id_key("indicator--1"), id_key("indicator--2")])
        record = keeping.held_record(tx, no)
    assert [row.no for row in held[id_key("indicator--1")]] == [no]
    assert id_key("indicator--2") not in held
    assert record is not None
    assert (record.body, record.state, record.stix_id) == (body, LIVE, "indicator--1")


def test_two_sources_hold_one_id_side_by_side_and_one_source_only_once(store: Store) -> None:
    keep(store, a_record(source_no=1), a_record(source_no=2))
    with pytest.raises(StoreError):
        keep(store, a_record(source_no=1))
    with store.read() as tx:
        assert sorted(row.source_no for row in keeping.held_under(tx, [id_key("indicator--1")])[id_key("indicator--1")])
        assert [row.source_no for row in keeping.records_under(tx, "indicator--1")] == [2, 1]


def test_a_refused_batch_leaves_nothing_and_its_numbers_are_taken_again(store: Store) -> None:
    keep(store, a_record("indicator--1"))
    with pytest.raises(StoreError):
        keep(store, a_record("indicator--2"), a_record("indicator--1"), values={"indicator--2": ["x"]})
    (no,) = keep(store, a_record("indicator--3"))
    assert no == 2
    with store.read() as tx:
        assert keeping.held_under(tx, [id_key("indicator--2")]) == {}
        assert searching.find(tx, "x", None, 0, 10) == []


def test_an_empty_batch_queues_nothing(store: Store) -> None:
    with store.write() as tx:
        assert keeping.keep(store, tx, empty_batch()) == 0
        assert numbering.next_queued(tx) is None


def test_each_batch_is_queued_once_and_taken_off_once(store: Store) -> None:
    keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        first = numbering.next_queued(tx)
        assert first is not None
        assert (first.kind, first.first_no, first.last_no) == ("new", 1, 2)
        numbering.done(tx, first)
    keep(store, a_record("indicator--3"))
    with store.write() as tx:
        second = numbering.next_queued(tx)
        assert second is not None
        assert (second.kind, second.first_no, second.last_no) == ("new", 3, 3)
        numbering.done(tx, second)
        assert numbering.next_queued(tx) is None


def test_more_keys_than_a_statement_takes_are_all_looked_up(store: Store) -> None:
    names = [f"indicator--{i}" for i in range(2_000)]
    keep(store, *map(a_record, names))
    with store.read() as tx:
        assert len(keeping.held_under(tx, map(id_key, names))) == 2_000
        assert len(keeping.keys_of(tx, range(1, 2_001))) == 2_000


def test_a_class_keeps_its_number_and_a_new_one_gets_the_next(store: Store) -> None:
    long = "c" * 10_000  # longer than an index of PostgreSQL takes
    with store.write() as tx:
        assert keeping.class_numbers(tx, ["a", long, "a"]) == {"a": 1, long: 2}
    with store.write() as tx:
        assert keeping.class_numbers(tx, [long, "b"]) == {long: 2, "b": 3}


def test_only_live_items_are_exported_in_the_order_of_their_numbers(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{i}") for i in range(4)), a_record("x-act--1", family=ACT, class_no=0))
    with store.write() as tx:
        keeping.withdraw_records(tx, nos[1:2])
    with store.read() as tx:
        assert [no for no, _ in keeping.live_bodies(tx, 0, 10)] == [nos[0], nos[2], nos[3]]
        assert [no for no, _ in keeping.live_bodies(tx, nos[0], 1)] == [nos[2]]
        record = keeping.held_record(tx, nos[1])
    assert record is not None
    assert record.state == WITHDRAWN


def test_a_search_value_with_a_nul_does_not_sink_its_batch(store: Store) -> None:
    keep(store, a_record(), values={"indicator--1": ["a\0b", "plain"]})
    with store.read() as tx:
        assert searching.find(tx, "plain", None, 0, 10) == [1]
        assert searching.find(tx, "a\0b", None, 0, 10) == []


def test_an_id_held_more_than_once_is_noted_once(store: Store) -> None:
    keep(store, a_record(version_us=1), a_record(version_us=2), siblings=("indicator--1", "indicator--1"))
    keep(store, a_record(version_us=3), siblings=("indicator--1",))
    with store.read() as tx:
        assert [row.version_us for row in keeping.records_under(tx, "indicator--1")] == [3, 2, 1]


def test_acts_are_found_by_whose_they_are(store: Store) -> None:
    own, others, other_kind = (
        a_record(f"{kind}--{n}", source_no=source, class_no=0, family=ACT)
        for n, (kind, source) in enumerate((("x-comity-a", 0), ("x-comity-a", 3), ("x-comity-b", 3)))
    )
    keep(store, own, others, other_kind, a_record("x-comity-a--9", source_no=3))
    with store.read() as tx:
        assert keeping.own_acts(tx, ("x-comity-a", "x-comity-b")) == [1]
        assert keeping.acts_of_others(tx, ("x-comity-a",)) == [2]
        assert keeping.acts_of_others(tx, ("x-comity-a", "x-comity-b")) == [2, 3]
