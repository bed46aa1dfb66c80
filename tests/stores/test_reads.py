"""Tests that what was read is noted once, together where many read, and forgotten in its time, on every database."""

import threading
from pathlib import Path

import pytest

from comity.stores import reads, registers
from comity.stores.opening import open_store
from comity.stores.reads import ReadLine, forget_reads
from comity.values import Instant


def line(number: int, verb: str = "item show") -> ReadLine:
    return ReadLine(1_000 + number, f"person {number}", "web", verb, "{}")


def test_a_line_is_there_once_the_notes_are_flushed(address: str) -> None:
    store = open_store(address)
    store.reads.note(store, line(1))
    store.reads.flush()
    with store.read() as tx:
        assert [row.actor for row in registers.audit_rows(tx)] == ["person 1"]
    store.close()


def test_nobody_waits_long_for_a_busy_disk_and_no_line_is_lost_or_doubled(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    with store.write():  # none can be written until this ends
        threads = [threading.Thread(target=store.reads.note, args=(store, line(number))) for number in range(24)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        assert not any(one.is_alive() for one in threads)
    store.reads.flush()
    with store.read() as tx:
        rows = registers.audit_rows(tx)
    assert sorted(row.actor for row in rows) == sorted(f"person {number}" for number in range(24))
    store.close()


def test_closing_a_store_writes_what_waits(tmp_path: Path) -> None:
    address = f"sqlite:{tmp_path / 'node.db'}"
    for number in range(2):
        store = open_store(address)
        store.create()
        store.reads.note(store, line(number))
        store.close()
    store = open_store(address)
    with store.read() as tx:
        assert len(registers.audit_rows(tx)) == 2
    store.close()


def test_what_cannot_be_written_stops_no_reader_and_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    store.read_only = "an older backup"
    store.reads.note(store, line(1))
    store.reads.flush()
    assert "item show by person 1" in caplog.text
    store.close()


def test_old_lines_of_readings_go_and_those_of_acts_stay(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "FORGOTTEN_AT_ONCE", 3)
    store = open_store(address)
    for number in range(8):
        store.reads.note(store, line(number, "item erase" if number % 4 == 1 else "item show"))
    store.reads.flush()
    with store.write() as tx:
        assert [forget_reads(tx, frozenset({"item show"}), Instant(1_007)) for _ in range(3)] == [3, 2, 0]
        assert [row.at_ms for row in registers.audit_rows(tx)] == [1_001, 1_005, 1_007]
    store.close()
