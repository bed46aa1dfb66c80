"""Tests that the lock store moves only forward, one step after the other, and is its owner's alone."""

import sqlite3
import threading
from pathlib import Path

import pytest

from comity.errors import Conflict, StoreError
from comity.records.log.tree import EMPTY_ROOT
from comity.stores.lock_store import Locked, LockStore

ORIGIN = "freedonia-csirt/comity/1"


def at(size: int, root: bytes = b"r" * 32) -> Locked:
    return Locked(ORIGIN, size, root)


def test_a_lock_store_that_is_missing_says_so_and_is_not_made(tmp_path: Path) -> None:
    assert LockStore(tmp_path).current() is None
    assert list(tmp_path.iterdir()) == []


def test_a_log_begins_empty_and_only_once(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    begun = store.begin(ORIGIN)
    assert begun == store.current() == Locked(ORIGIN, 0, EMPTY_ROOT)
    store.swap(begun, at(16))
    assert store.begin(ORIGIN) == at(16)


def test_only_who_knows_the_present_state_moves_it(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    begun = store.begin(ORIGIN)
    store.swap(begun, at(16))
    for before, after in (
        (begun, at(32)),
        (at(16, b"x" * 32), at(32)),
        (at(16), at(15)),
        (at(16), Locked("o", 32, b"")),
    ):
        with pytest.raises(Conflict):
            store.swap(before, after)
    assert LockStore(tmp_path).current() == at(16)


def test_of_many_at_once_one_moves_it(tmp_path: Path) -> None:
    begun, won = LockStore(tmp_path).begin(ORIGIN), list[int]()

    def race(number: int) -> None:
        try:
            LockStore(tmp_path).swap(begun, at(16 * number, bytes([number]) * 32))
        except Conflict:
            return
        won.append(number)

    racers = [threading.Thread(target=race, args=(number,)) for number in range(1, 9)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert len(won) == 1
    assert LockStore(tmp_path).current() == at(16 * won[0], bytes(won) * 32)


def test_the_newest_log_is_the_current_one(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    old = store.begin(ORIGIN)
    store.begin("freedonia-csirt/comity/2")
    found = store.current()
    assert found is not None
    assert found.origin == "freedonia-csirt/comity/2"
    with pytest.raises(Conflict):
        store.swap(old, at(16))


def test_it_is_written_through_and_its_owners_alone(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    store.begin(ORIGIN)
    assert store.path.stat().st_mode & 0o077 == 0
    assert store.path.parent.stat().st_mode & 0o077 == 0
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("delete",)
    connection.close()
    assert [one.name for one in store.path.parent.iterdir()] == ["log.db"]


def test_a_file_that_is_no_lock_store_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    store.begin(ORIGIN)
    store.path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError):
        store.current()


def test_why_a_node_is_held_is_noted_for_others(tmp_path: Path) -> None:
    store = LockStore(tmp_path)
    assert store.held_words() == ""
    store.hold("")
    store.hold("the database is older")
    assert store.held_words() == "the database is older"
    store.hold("")
    assert store.held_words() == ""
