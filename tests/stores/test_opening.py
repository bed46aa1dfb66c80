"""Tests how a database opens, writes and fails: durable or undone, one writer at a time, and words that help."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text

from comity.errors import Busy, ReadOnly, StoreError
from comity.stores import erasing, keeping, numbering, opening, policies, registers, searching
from comity.stores.opening import Store, open_store
from comity.stores.tables import queue, records
from comity.values import id_key
from tests.support.stores import a_record, keep


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    yield store
    store.close()


def body_of(store: Store, no: int) -> bytes | None:
    with store.read() as tx:
        record = keeping.held_record(tx, no)
    return None if record is None else record.body


@pytest.mark.parametrize("address", ["node.db", "mysql://localhost/node", ""])
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(StoreError, match="sqlite:"):
        open_store(address)


def test_a_path_may_hold_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "a?b%20c #d"
    folder.mkdir()
    store = open_store(f"sqlite:{folder / 'node.db'}")
    store.close()
    assert (folder / "node.db").exists()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        open_store(f"postgresql://nobody@/none?host={tmp_path}")


def test_what_was_written_is_there_when_opened_again(address: str) -> None:
    first = open_store(address)
    keep(first, a_record(body=b"\0\xff odd bytes"))
    first.close()
    second = open_store(address)
    second.create()  # repeating it changes nothing
    assert body_of(second, 1) == b"\0\xff odd bytes"
    second.close()


def test_an_error_in_the_block_undoes_all_of_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        policies.set_fact(tx, "a", "1")
        raise ZeroDivisionError
    with store.read() as tx:
        assert policies.fact(tx, "a") is None


def test_a_transaction_inside_another_is_refused_and_harms_neither(store: Store) -> None:
    with store.write() as tx:
        policies.set_fact(tx, "a", "1")
        with pytest.raises(StoreError, match="inside another"), store.write():
            pass
        with pytest.raises(StoreError, match="inside another"), store.read():
            pass
        policies.set_fact(tx, "b", "2")
    with store.read() as tx:
        assert (policies.fact(tx, "a"), policies.fact(tx, "b")) == ("1", "2")


def test_a_reader_sees_one_state_throughout(address: str) -> None:
    store = open_store(address)
    keep(store, a_record("indicator--1"))
    with store.read() as tx:
        before = len(keeping.live_bodies(tx, 0, 10))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(keep, store, a_record("indicator--2")).result()
        assert len(keeping.live_bodies(tx, 0, 10)) == before
    with store.read() as tx:
        assert len(keeping.live_bodies(tx, 0, 10)) == before + 1
    store.close()


def test_each_reading_sees_what_was_written_before_it(store: Store) -> None:
    keep(store, a_record("tool--1", body=b"1"))
    with store.read() as tx:
        keeping.held_record(tx, 1)
    with pytest.raises(ZeroDivisionError), store.read() as tx:
        keeping.held_record(tx, 1)
        raise ZeroDivisionError
    keep(store, a_record("tool--2", body=b"2"))
    assert body_of(store, 2) == b"2"


def test_readings_at_once_each_see_one_state(file_store: Store) -> None:
    keep(file_store, a_record("tool--1"))
    with ExitStack() as stack:
        readings = [stack.enter_context(file_store.read()) for _ in range(12)]  # more than are kept open
        before = [keeping.held_record(tx, 2) for tx in readings]
        keep(file_store, a_record("tool--2", body=b"2"))
        after = [keeping.held_record(tx, 2) for tx in readings]
    assert before == after == [None] * 12
    assert body_of(file_store, 2) == b"2"


def test_a_reader_can_not_write(address: str) -> None:
    store = open_store(address)
    with pytest.raises(StoreError), store.read() as tx:
        policies.set_fact(tx, "a", "1")
    store.close()


def number_all(store: Store, stop: threading.Event) -> None:
    while True:
        ended = stop.is_set()
        with store.write() as tx:
            queued = numbering.next_queued(tx)
            if queued is not None:
                numbering.number(tx, 1, queued.first_no, queued.last_no - queued.first_no + 1)
                numbering.done(tx, queued)
        if queued is None and ended:
            return


@pytest.mark.parametrize("openings", [1, 3])
def test_writers_at_once_lose_nothing_and_number_without_gap_or_double(address: str, openings: int) -> None:
    # Several openings stand for several processes: PostgreSQL allows them, a file has one writer and makes them wait.
    stores = [open_store(address) for _ in range(openings)]
    with stores[0].write() as tx:
        numbering.seize(tx, 1)
    stop = threading.Event()

    def write(which: int) -> None:
        for i in range(40):
            keep(stores[which % openings], a_record(f"indicator--{which}-{i}"), a_record(f"tool--{which}-{i}"))

    with ThreadPoolExecutor(4) as pool:
        sequencer = pool.submit(number_all, stores[-1], stop)
        for writing in [pool.submit(write, which) for which in range(3)]:
            writing.result()
        stop.set()
        sequencer.result()
    with stores[0].read() as tx:
        held = [row[0] for row in tx.execute(select(records.c.no).order_by(records.c.no))]
        assert held == list(range(1, 241))
        numbered = tx.execute(text("select n_first, n_last, first_no from numbers order by n_first")).all()
        assert tx.execute(select(queue)).all() == []
    seen = [no for first, last, start in numbered for no in range(start, start + last - first + 1)]
    assert seen == held  # numbered in the order of their commits
    assert [row[0] for row in numbered[1:]] == [row[1] + 1 for row in numbered[:-1]]
    for store in stores:
        store.close()


def test_two_processes_that_keep_the_same_object_keep_it_once(new_postgres: Callable[..., str]) -> None:
    address = new_postgres()
    stores = [open_store(address) for _ in range(2)]

    def keep_if_new(store: Store, name: str) -> int:
        record = a_record(name)
        with store.write() as tx:
            if keeping.held_under(tx, [record.id_key]):
                return 0
            batch = keeping.empty_batch()
            batch.records.append(record._replace(no=keeping.next_numbers(tx, 1)))
            keeping.class_numbers(tx, [name])
            return keeping.keep(store, tx, batch)

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(keep_if_new, stores[i % 2], f"tool--{i // 4}") for i in range(80)]
        assert sorted(job.result() for job in jobs if job.result()) == list(range(1, 21))
    for store in stores:
        store.close()


def test_a_writer_that_waits_too_long_is_told_to_come_again(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(opening, "WAIT_S", 0.2 if address.startswith("postgres") else 0)
    first, second = open_store(address), open_store(address)
    with first.write(), pytest.raises(Busy), second.write():
        pass
    with second.write() as tx:  # and the next call works
        policies.set_fact(tx, "a", "1")
    with first.write(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: first.write().__enter__())
        with pytest.raises(Busy):
            waiting.result()
    first.close()
    second.close()


def test_a_full_disk_refuses_cleanly_and_reading_goes_on(file_store: Store) -> None:
    keep(file_store, a_record("indicator--1"))
    with file_store.write() as tx:
        pages = tx.exec_driver_sql("pragma page_count").scalar_one()
        tx.exec_driver_sql(f"pragma max_page_count = {pages + 20}")
    big = [a_record(f"tool--{i}", body=bytes(10_000)) for i in range(100)]
    with pytest.raises(StoreError, match="disk is full"):
        keep(file_store, *big, values={"tool--1": ["found"]})
    assert body_of(file_store, 1) == b"indicator--1 1 1"
    assert body_of(file_store, 2) is None
    with file_store.read() as tx:
        assert searching.find(tx, "found", None, 0, 9) == []
        assert len(tx.execute(select(queue)).all()) == 1
    with file_store.write() as tx:
        tx.exec_driver_sql("pragma max_page_count = 1000000")
    assert keep(file_store, *big)[0] == 2  # with room made, the same batch goes in


def test_what_can_not_be_written_is_still_read(file_store: Store) -> None:
    keep(file_store, a_record())
    with file_store.write() as tx:
        tx.exec_driver_sql("pragma query_only = on")
    with pytest.raises(StoreError, match="read-only"):
        keep(file_store, a_record("tool--1"))
    assert body_of(file_store, 1) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes what is read-only")
def test_a_read_only_file_is_told_when_it_opens(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    open_store(f"sqlite:{path}").close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="read-only"):
        open_store(f"sqlite:{path}")


def test_a_file_that_is_no_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreError, match="restore the last backup"):
        open_store(f"sqlite:{path}")


def test_a_damaged_page_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = open_store(f"sqlite:{path}")
    store.create()
    keep(store, *(a_record(f"tool--{i}", body=bytes(900)) for i in range(500)))
    with store.read() as tx:
        root = int(tx.exec_driver_sql("select rootpage from sqlite_master where name = 'records'").scalar_one())
    store.close()
    content = bytearray(path.read_bytes())
    content[8192 * (root - 1) : 8192 * root] = b"\xff" * 8192
    path.write_bytes(content)
    store = open_store(f"sqlite:{path}")
    with pytest.raises(StoreError, match="restore a backup"):
        body_of(store, 7)
    store.close()


def test_a_connection_that_dies_undoes_its_transaction_and_the_next_call_works(
    new_postgres: Callable[..., str], postgres: str
) -> None:
    store = open_store(new_postgres())
    keep(store, a_record("tool--1"))

    def kill(pid: int) -> None:
        with psycopg.connect(postgres.format("postgres"), autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", (pid,))

    with pytest.raises(StoreError, match="lost"), store.write() as tx:
        policies.set_fact(tx, "a", "1")
        kill(tx.execute(text("select pg_backend_pid()")).scalar_one())
        policies.set_fact(tx, "b", "2")
    with store.read() as tx:
        pid = tx.execute(text("select pg_backend_pid()")).scalar_one()
    kill(pid)  # while it lies in the pool
    with store.write() as tx:
        assert policies.fact(tx, "a") is None
        policies.set_fact(tx, "c", "3")
    store.close()


def test_a_database_of_another_encoding_is_refused(postgres: str) -> None:
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute("create database latin template template0 encoding 'LATIN1' locale 'C'")
    with pytest.raises(StoreError, match="UTF8"):
        open_store(postgres.format("latin"))


def test_a_copy_made_in_use_is_one_state_of_the_database(file_store: Store, tmp_path: Path) -> None:
    keep(file_store, a_record())
    file_store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:{tmp_path / 'copy.db'}")
    assert body_of(copy, 1) == body_of(file_store, 1)
    copy.close()


def test_a_copy_that_can_not_be_written_is_told(file_store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        file_store.backup(tmp_path / "no-folder" / "copy.db")


def test_erased_content_is_in_no_file_after_the_scrub(file_store: Store, tmp_path: Path) -> None:
    secret = b"the-secret-of-freedonia"
    keep(file_store, a_record(body=secret * 500), values={"indicator--1": [secret.decode()]})
    file_store.scrub()
    keep(file_store, a_record("tool--1"))

    def where() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if secret in path.read_bytes()]

    assert "node.db" in where()
    with file_store.write() as tx:
        erasing.erase_record(tx, 1, b"\1" * 32)
    file_store.scrub()
    assert where() == []
    assert body_of(file_store, 2) is not None


def test_a_scrub_says_when_a_long_reading_holds_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WAIT_S", 0)
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    keep(store, a_record())
    with store.read() as tx:
        keeping.held_record(tx, 1)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(keep, store, a_record("tool--1")).result()
            with pytest.raises(Busy, match="long reading"):
                pool.submit(store.scrub).result()
    store.scrub()
    store.close()


def test_a_postgres_is_scrubbed_too(new_postgres: Callable[..., str]) -> None:
    store = open_store(new_postgres())
    keep(store, a_record())
    store.scrub()
    assert body_of(store, 1) is not None
    with pytest.raises(StoreError, match="pg_dump"):
        store.backup(Path("x"))
    store.close()


def test_another_programs_write_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WAIT_S", 0)
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    other = sqlite3.connect(tmp_path / "node.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Busy, match="another process"):
        keep(store, a_record())
    other.execute("rollback")
    other.close()
    assert keep(store, a_record()) == [1]
    with store.read() as tx:
        assert registers.audit_rows(tx) == []
        assert id_key("indicator--1") in keeping.keys_of(tx, [1])
    store.close()


def test_a_store_that_is_read_only_says_why_and_still_reads(store: Store) -> None:
    keep(store, a_record())
    store.read_only = "the log may not go on"
    with pytest.raises(ReadOnly, match="may not go on"), store.write():
        pass
    with store.read() as tx:
        assert tx.exec_driver_sql("select count(*) from records").scalar() == 1
    with store.write(even_read_only=True) as tx:
        tx.exec_driver_sql("delete from records")
    store.read_only = ""
    keep(store, a_record())
