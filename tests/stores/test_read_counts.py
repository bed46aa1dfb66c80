"""Tests that readings over TAXII are summed by minute, written without anybody waiting, and none lost on closing."""

import json
import threading
from pathlib import Path

from comity.stores import read_counts, registers
from comity.stores.opening import Store, open_store
from comity.stores.read_counts import MINUTE_MS, VERB


def lines(store: Store) -> list[tuple[int, str, int, int]]:
    store.read_counts.hand_over(store)
    store.reads.flush()
    with store.read() as tx:
        rows = [row for row in registers.audit_rows(tx) if row.verb == VERB]
    facts = [json.loads(row.facts) for row in rows]
    return sorted((r.at_ms, r.actor, one["requests"], one["count"]) for r, one in zip(rows, facts, strict=True))


def test_a_minute_of_a_reader_is_one_line_of_each_collection(address: str) -> None:
    store = open_store(address)
    for at_ms, user, view in ((0, "ruri", "a"), (59_999, "ruri", "a"), (60_000, "ruri", "a"), (1, "north", "b")):
        store.read_counts.count(store, at_ms, user, view, "objects", 10)
    assert lines(store) == [(0, "north", 1, 10), (0, "ruri", 2, 20), (MINUTE_MS, "ruri", 1, 10)]
    assert len(lines(store)) == 3, "what was handed over is not handed over again"
    store.close()


def test_counting_waits_for_no_disk_and_loses_nothing_among_threads(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()

    def read() -> None:
        for _ in range(200):
            store.read_counts.count(store, 5, "ruri", "a", "objects", 1)

    with store.write():  # nothing can be written until this ends
        threads = [threading.Thread(target=read) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(20)
        assert not any(one.is_alive() for one in threads)
        store.read_counts.hand_over(store)
    assert [(requests, found) for _, _, requests, found in lines(store)] == [(1_600, 1_600)]
    store.close()


def test_closing_a_store_writes_what_was_counted(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path / 'node.db'}"
    store = open_store(address)
    store.create()
    store.read_counts.count(store, 5, "ruri", "a", "manifest", 3)
    store.close()
    store = open_store(address)
    assert lines(store) == [(0, "ruri", 1, 3)]
    store.close()


def test_it_holds_a_bounded_number_of_sums(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    for number in range(read_counts.MOST_KEYS + 1):
        store.read_counts.count(store, 5, f"reader {number}", "a", "objects", 1)
    store.reads.flush()
    with store.read() as tx:
        assert len(registers.audit_rows(tx, limit=read_counts.MOST_KEYS + 9)) == read_counts.MOST_KEYS + 1
    store.close()
