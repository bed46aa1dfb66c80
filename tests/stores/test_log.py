"""Tests that the log grows with the numbers, in whole tiles, and says which entry stands for which record."""

from hashlib import shake_256

import pytest
from sqlalchemy import update

from comity.errors import StoreError
from comity.records.log.entry import entry_of
from comity.records.log.tiles import read_bundle
from comity.records.log.tree import Tree, leaf_hash, root_of
from comity.stores import directory, erasing, log, numbering
from comity.stores.log import LogRange, LogState, SignedCheckpoint
from comity.stores.log_tables import log_bundles
from comity.stores.opening import Store
from comity.stores.tables import ACT
from tests.support.stores import NOW, a_record, keep

ORIGIN = "freedonia-csirt/comity/1"


def entropy(size: int) -> bytes:
    return shake_256(b"log").digest(size)


def add_owner(store: Store) -> None:
    with store.write() as tx:
        directory.add_party(
            tx, name="freedonia-csirt", title="F", kind="authority", acts_for=None, default_tlp=2, is_self=True, now=NOW
        )
        numbering.seize(tx, 1)


def number(store: Store, nos: list[int]) -> None:
    with store.write() as tx:
        numbering.number(tx, 1, nos[0], len(nos))


def grow(store: Store, most: int = 1000) -> LogState:
    with store.write() as tx:
        state = log.log_state(tx) or log.begin_log(tx, ORIGIN)
        return log.append_numbered(store, tx, state, entropy, most)


def logged(store: Store, *counts: int) -> LogState:
    """Keep and log so many records in so many steps."""
    add_owner(store)
    state = LogState(ORIGIN, 0, 0, 0)
    made = 0
    for count in counts:
        nos = keep(store, *(a_record(f"indicator--{made + i}") for i in range(count)))
        made += count
        number(store, nos)
        state = grow(store)
    return state


def test_a_database_has_no_log_until_it_is_begun(store: Store) -> None:
    with store.write() as tx:
        assert log.log_state(tx) is None
        assert log.begin_log(tx, ORIGIN) == log.log_state(tx) == LogState(ORIGIN, 0, 0, 0)


def test_entries_are_those_of_the_records_in_the_order_of_their_numbers(store: Store) -> None:
    state = logged(store, 3, 300, 1)
    assert (state.size, state.numbered) == (304, 304)
    with store.read() as tx:
        rows = log.record_rows(tx, 1, 304)
        wanted = [entry_of(row[10], log.covered_of(row, {0: "", 1: "freedonia-csirt"})) for row in rows]
        assert log.entries_of(tx, 0, 304) == wanted
        assert Tree(log.tile_reader(tx)).root(304) == root_of([leaf_hash(entry) for entry in wanted])
        assert [len(read_bundle(log.bundle_of(tx, n))) for n in range(3)] == [256, 48, 0]
        assert [len(log.tile_reader(tx)(level, 0)) for level in (0, 1, 2)] == [8192, 32, 0]


def test_growing_in_many_steps_gives_the_tiles_of_one(store: Store) -> None:
    logged(store, *([1] * 5), 250, 1, 255, 1, 3)
    with store.read() as tx:
        entries = log.entries_of(tx, 0, 515)
        root = Tree(log.tile_reader(tx)).root(515)
    assert root == root_of([leaf_hash(entry) for entry in entries])


def test_a_record_is_found_by_its_number(store: Store) -> None:
    logged(store, 2, 3)
    with store.write() as tx:
        state = log.log_state(tx)
        assert state is not None
        padded = log.pad(store, tx, state, entropy)
        assert padded.size == 16
        assert log.pad(store, tx, padded, entropy) == padded
        assert log.range_of(tx, 2) == LogRange(0, 2, 1)
        assert log.range_of(tx, 4) == LogRange(2, 3, 3)
        assert log.range_of(tx, 6) is None
        assert [one.first_no for one in log.log_ranges_from(tx)] == [1, 3, log.PADDING]
        assert len(set(log.entries_of(tx, 0, 16))) == 16


def test_acts_are_logged_in_the_name_of_the_own_party(store: Store) -> None:
    add_owner(store)
    number(store, keep(store, a_record("x-act--1", family=ACT, class_no=0, source_no=0)))
    grow(store)
    with store.read() as tx:
        covered = log.covered_of(log.record_rows(tx, 1, 1)[0], log.source_names(tx))
    assert (covered.family, covered.source) == ("act", "freedonia-csirt")


def test_what_was_numbered_before_the_log_gets_entries_in_parts(store: Store) -> None:
    add_owner(store)
    for first in range(0, 9, 3):
        number(store, keep(store, *(a_record(f"indicator--{first + i}") for i in range(3))))
    assert grow(store, most=4).size == 6  # a range is not left half done
    assert grow(store, most=4) == LogState(ORIGIN, 9, 9, 9)
    assert grow(store, most=4).size == 9


def test_what_was_erased_before_keeps_its_place(store: Store) -> None:
    add_owner(store)
    nos = keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        erasing.erase_record(tx, nos[0], b"e" * 32)
    number(store, nos)
    assert grow(store).size == 2


def test_a_numbered_record_that_is_not_there_stops_the_log(store: Store) -> None:
    add_owner(store)
    number(store, [1, 2])
    with pytest.raises(StoreError, match="numbered, and 0 are there"):
        grow(store)


def test_another_log_begins_empty_and_keeps_what_was_signed(store: Store) -> None:
    logged(store, 300)
    signed = SignedCheckpoint(ORIGIN, 300, b"r" * 32, int(NOW), b"note")
    with store.write() as tx:
        log.put_checkpoint(tx, signed)
        log.put_checkpoint(tx, signed)
        log.restart_log(tx, "freedonia-csirt/comity/2")
        state = log.log_state(tx)
        assert state is not None
        assert (state.origin, state.size, state.numbered, state.began_no) == ("freedonia-csirt/comity/2", 0, 0, 300)
        assert log.last_checkpoint(tx, state.origin) is None
        assert log.checkpoints_of(tx, ORIGIN) == [signed]
        assert log.numbered_of(tx) == 300
    assert grow(store).size == 300


def test_the_newest_checkpoint_is_the_largest(store: Store) -> None:
    with store.write() as tx:
        for size in (16, 9, 160):
            log.put_checkpoint(tx, SignedCheckpoint(ORIGIN, size, b"r" * 32, size, b"note"))
        last = log.last_checkpoint(tx, ORIGIN)
    assert last is not None
    assert last.size == 160


def test_an_unreadable_bundle_gives_empty_entries(store: Store) -> None:
    logged(store, 3)
    with store.write() as tx:
        tx.execute(update(log_bundles).values(body=b"\x00\xff"))
        assert log.entries_of(tx, 0, 3) == [b"", b"", b""]
