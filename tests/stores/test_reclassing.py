"""Tests what every store keeps of the classes of records: markings, what waits, what is said of one, embargoes."""

from sqlalchemy import update

from comity.stores import keeping, placeables, reclassing
from comity.stores.keeping import empty_batch
from comity.stores.opening import Store
from comity.stores.reclassing import Override, Reclassed
from comity.stores.tables import ERASED, PORTIONS, records
from comity.values import Instant, id_key
from tests.support.stores import NOW, a_record, keep


def test_a_marking_is_bound_once_for_each_source(store: Store) -> None:
    first, second = keep(store, a_record("marking-definition--1"), a_record("marking-definition--1", version_us=2))
    with store.write() as tx:
        assert reclassing.bind_marking(tx, 1, "marking-definition--1", first)
        assert not reclassing.bind_marking(tx, 1, "marking-definition--1", second)
        assert reclassing.bind_marking(tx, 2, "marking-definition--1", second)
        assert reclassing.markings_of(tx, 1) == [("marking-definition--1", b"marking-definition--1 1 1")]


def test_a_definition_that_was_taken_back_still_counts_and_an_erased_one_does_not(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        no = keeping.next_numbers(tx, 1)
        batch.records.append(a_record("marking-definition--1", no=no))
        keeping.keep(store, tx, batch)
        reclassing.bind_marking(tx, 1, "marking-definition--1", no)
        held = reclassing.markings_of(tx, 1)
        keeping.withdraw_records(tx, [no])
        assert reclassing.markings_of(tx, 1) == held != []
        tx.execute(update(records).where(records.c.no == no).values(state=ERASED, body=None))
        assert reclassing.markings_of(tx, 1) == []


def test_what_waits_for_a_marking_is_given_once_and_to_its_own_source_only(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        batch.records.append(a_record(no=keeping.next_numbers(tx, 1)))
        batch.unresolved.extend([(1, b"m" * 16, 1), (2, b"m" * 16, 7)])
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        assert reclassing.waiting_for_marking(tx, 1, b"m" * 16) == [1]
        assert reclassing.waiting_for_marking(tx, 1, b"m" * 16) == []
        assert reclassing.waiting_for_marking(tx, 2, b"m" * 16) == [7]


def test_an_override_replaces_the_one_before(store: Store) -> None:
    with store.write() as tx:
        assert reclassing.override_of(tx, 1) == Override()
        reclassing.set_override(tx, 1, Override("yes", ("b", "a"), 2))
        reclassing.set_override(tx, 1, Override("no", ("b", "a"), None))
        assert reclassing.override_of(tx, 1) == Override("no", ("a", "b"), None)


def test_a_reclassed_record_has_its_new_class_portions_and_instants(store: Store) -> None:
    (no,) = keep(store, a_record())
    with store.write() as tx:
        reclassing.reclass(store, tx, [Reclassed(no, 7, None, NOW + 99, (("marking-definition--1", 8, True),))])
        record = keeping.held_record(tx, no)
        assert placeables.required_portions(tx, [no]) == {no: [8]}
        assert reclassing.due_by(tx, Instant(NOW + 99)) == [no]
        reclassing.reclass(store, tx, [Reclassed(no, 6)])
        assert placeables.all_portions(tx, [no]) == {}
        assert reclassing.due_by(tx, Instant(NOW + 99)) == []
    assert record is not None
    assert (record.class_no, record.expires_ms, record.flags) == (7, NOW + 99, PORTIONS)


def test_an_embargo_that_ends_now_has_ended_and_is_told_once(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        batch.records.append(a_record(no=keeping.next_numbers(tx, 1), embargo_ms=int(NOW)))
        batch.due.append((int(NOW), 1))
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        assert reclassing.due_by(tx, Instant(NOW - 1)) == []
        assert reclassing.due_by(tx, NOW) == [1]
        assert reclassing.due_by(tx, NOW) == []


def test_ended_embargoes_are_told_in_parts_the_earliest_first_and_each_once(store: Store) -> None:
    with store.write() as tx:
        batch = empty_batch()
        first = keeping.next_numbers(tx, 5)
        batch.records.extend(a_record(f"indicator--{i}", no=first + i) for i in range(5))
        # The last number's embargo ends first; the first has an end and an expiry that are both past.
        batch.due.extend([(int(NOW) - 9, first + 4), *((int(NOW), first + i) for i in range(4)), (int(NOW) + 1, first)])
        keeping.keep(store, tx, batch)
    with store.write() as tx:
        told = [reclassing.due_by(tx, Instant(NOW + 5), limit=2) for _ in range(4)]
    assert told == [[first + 4, first], [first + 1, first + 2], [first + 3, first], []]


def test_who_names_a_marking_is_found_and_waits_for_it_once(store: Store) -> None:
    marking, other = id_key("marking-definition--1"), id_key("identity--1")
    both = [a_record(f"indicator--{n}")._replace(companion_keys=other + marking) for n in (1, 2)]
    (first, second, *_) = keep(
        store, *both, a_record("indicator--3")._replace(companion_keys=other), a_record("indicator--4", source_no=2)
    )
    with store.write() as tx:
        assert reclassing.naming_marking(tx, 1, marking) == [first, second]
        assert reclassing.naming_marking(tx, 2, marking) == []
        reclassing.wait_for(store, tx, 1, [(marking, first)])
        reclassing.wait_for(store, tx, 1, [(marking, first), (marking, second)])
        assert reclassing.waiting_for_marking(tx, 1, marking) == [first, second]
        assert reclassing.bind_marking(tx, 1, "marking-definition--1", 77)
        assert reclassing.bound_by(tx, [77, first]) == {77: "marking-definition--1"}
