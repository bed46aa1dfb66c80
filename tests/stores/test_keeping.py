"""Tests what every store does with records: numbers, duplicates, classes, markings, and what an erasure leaves."""

import pytest
from sqlalchemy import Connection, select

from comity.errors import StoreError
from comity.stores import delivering, keeping, numbering, placeables, searching, tables
from comity.stores.keeping import Override, empty_batch
from comity.stores.opening import Store
from comity.stores.tables import ACT, ERASED, LIVE, PORTIONS, WITHDRAWN
from comity.values import Instant, id_key
from tests.support.stores import NOW, a_record, add_reader, keep


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


def test_each_batch_is_queued_once_and_taken_off_in_order(store: Store) -> None:
    keep(store, a_record("indicator--1"), a_record("indicator--2"))
    keep(store, a_record("indicator--3"))
    with store.write() as tx:
        first = numbering.next_queued(tx)
        assert first is not None
        assert (first.kind, first.first_no, first.last_no) == ("new", 1, 2)
        numbering.done(tx, first)
        second = numbering.next_queued(tx)
        assert second is not None
        assert (second.kind, second.first_no, second.last_no) == ("new", 3, 3)


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


def test_a_marking_is_bound_once_for_each_source(store: Store) -> None:
    first, second = keep(store, a_record("marking-definition--1"), a_record("marking-definition--1", version_us=2))
    with store.write() as tx:
        assert keeping.bind_marking(tx, 1, "marking-definition--1", first)
        assert not keeping.bind_marking(tx, 1, "marking-definition--1", second)
        assert keeping.bind_marking(tx, 2, "marking-definition--1", second)
        assert keeping.markings_of(tx, 1) == [("marking-definition--1", b"marking-definition--1 1 1")]


def test_what_waits_for_a_marking_is_given_once_and_to_its_own_source_only(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        batch.records.append(a_record(no=keeping.next_numbers(tx, 1)))
        batch.unresolved.extend([(1, b"m" * 16, 1), (2, b"m" * 16, 7)])
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        assert keeping.waiting_for_marking(tx, 1, b"m" * 16) == [1]
        assert keeping.waiting_for_marking(tx, 1, b"m" * 16) == []
        assert keeping.waiting_for_marking(tx, 2, b"m" * 16) == [7]


def test_an_override_replaces_the_one_before(store: Store) -> None:
    with store.write() as tx:
        assert keeping.override_of(tx, 1) == Override()
        keeping.set_override(tx, 1, Override("yes", ("b", "a"), 2))
        keeping.set_override(tx, 1, Override("no", ("b", "a"), None))
        assert keeping.override_of(tx, 1) == Override("no", ("a", "b"), None)


def test_a_reclassed_record_has_its_new_class_portions_and_instants(store: Store) -> None:
    (no,) = keep(store, a_record())
    with store.write() as tx:
        keeping.reclass(tx, no, 7, None, NOW + 99, [(no, "marking-definition--1", 8, True)])
        record = keeping.held_record(tx, no)
        assert placeables.required_portions(tx, [no]) == {no: [8]}
        assert keeping.due_by(tx, Instant(NOW + 99)) == [no]
        keeping.reclass(tx, no, 6, None, None, [])
        assert placeables.all_portions(tx, [no]) == {}
        assert keeping.due_by(tx, Instant(NOW + 99)) == []
    assert record is not None
    assert (record.class_no, record.expires_ms, record.flags) == (7, NOW + 99, PORTIONS)


def test_an_embargo_that_ends_now_has_ended_and_is_told_once(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        batch.records.append(a_record(no=keeping.next_numbers(tx, 1), embargo_ms=int(NOW)))
        batch.due.append((int(NOW), 1))
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        assert keeping.due_by(tx, Instant(NOW - 1)) == []
        assert keeping.due_by(tx, NOW) == [1]
        assert keeping.due_by(tx, NOW) == []


def test_ended_embargoes_are_told_in_parts_the_earliest_first_and_each_once(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        first = keeping.next_numbers(tx, 5)
        batch.records.extend(a_record(f"indicator--{i}", no=first + i) for i in range(5))
        # The last number's embargo ends first; the first has an end and an expiry that are both past.
        batch.due.extend([(int(NOW) - 9, first + 4), *((int(NOW), first + i) for i in range(4)), (int(NOW) + 1, first)])
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        told = [keeping.due_by(tx, Instant(NOW + 5), limit=2) for _ in range(4)]
    assert told == [[first + 4, first], [first + 1, first + 2], [first + 3, first], []]


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


def test_an_erased_record_keeps_its_number_and_nothing_of_its_content(store: Store) -> None:
    (no,) = keep(store, a_record(), ends={"indicator--1": ["malware--1"]}, values={"indicator--1": ["evil.example"]})
    with store.write() as tx:
        keeping.erase_record(tx, no, b"\1" * 32)
    with store.read() as tx:
        record = keeping.held_record(tx, no)
        assert record is not None
        assert (record.state, record.body, record.stix_id, record.type) == (ERASED, None, "", "")
        assert keeping.salt_of(tx, no) == b""
        assert keeping.held_under(tx, [id_key("indicator--1")]) == {}
        assert searching.find(tx, "evil.example", None, 0, 10) == []
        assert placeables.linked_to(tx, [id_key("malware--1")], no) == []


def test_who_was_ever_served_is_counted_once_each(store: Store) -> None:
    first, second = keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        delivering.append(store, tx, one, [(first, 1, 1), (second, 1, 1)], NOW)
        delivering.append(store, tx, two, [(first, 1, 1)], NOW)
        delivering.withdraw(tx, one, [first], NOW)
        assert keeping.served_to(tx, [first, second]) == 2
        assert keeping.served_to(tx, [second]) == 1
        assert keeping.served_to(tx, []) == 0


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


def test_that_an_id_is_held_twice_is_forgotten_once_nothing_is_held_under_it(store: Store) -> None:
    first, second = keep(store, a_record(source_no=1), a_record(source_no=2), siblings=("indicator--1", "tool--1"))
    keep(store, a_record("tool--1"))
    key = id_key("indicator--1")

    def noted(tx: Connection) -> int:
        return len(tx.execute(select(tables.siblings.c.id_key)).all())

    with store.write() as tx:
        keeping.erase_record(tx, first, b"\1" * 32)
        keeping.forget_siblings(tx, {key, id_key("tool--1")})
        assert noted(tx) == 2
        keeping.erase_record(tx, second, b"\2" * 32)
        keeping.forget_siblings(tx, {key})
        assert noted(tx) == 1


def test_acts_are_found_by_whose_they_are(store: Store) -> None:
    own, others, other_kind = (
        a_record(f"{kind}--{n}", source_no=source, class_no=0, family=ACT)
        for n, (kind, source) in enumerate((("x-comity-a", 0), ("x-comity-a", 3), ("x-comity-b", 3)))
    )
    keep(store, own, others, other_kind, a_record("x-comity-a--9", source_no=3))
    with store.read() as tx:
        assert keeping.own_acts(tx, ("x-comity-a", "x-comity-b")) == [1]
        assert keeping.others_acts(tx, ("x-comity-a",)) == [2]
        assert keeping.others_acts(tx, ("x-comity-a", "x-comity-b")) == [2, 3]
