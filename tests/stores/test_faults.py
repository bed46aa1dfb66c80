"""Tests that what a database complains of becomes plain words, and that trying again is said only where it helps."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from comity.errors import Busy, StoreError
from comity.stores.faults import told


def refused_by_sqlite(code: int) -> OperationalError:
    cause = sqlite3.OperationalError("some words")
    cause.sqlite_errorcode = code
    return OperationalError("select 1", {}, cause)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "disk is full"),
        (sqlite3.SQLITE_READONLY, "read-only"),
        (sqlite3.SQLITE_CORRUPT, "restore a backup"),
        (sqlite3.SQLITE_CORRUPT | 1 << 8, "restore a backup"),
        (sqlite3.SQLITE_NOTADB, "restore the last backup"),
        (sqlite3.SQLITE_IOERR | 10 << 8, "disk failed"),
        (sqlite3.SQLITE_ERROR, "some words"),
    ],
)
def test_sqlites_codes_say_what_to_do(code: int, words: str) -> None:
    error = told(refused_by_sqlite(code))
    assert isinstance(error, StoreError)
    assert words in str(error)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_BUSY | 2 << 8])
def test_a_locked_file_is_busy(code: int) -> None:
    assert isinstance(told(refused_by_sqlite(code)), Busy)


def test_postgres_codes_are_told_apart() -> None:
    full = told(OperationalError("insert", {}, psycopg.errors.DiskFull("no space left")))
    assert isinstance(full, StoreError)
    assert "disk is full" in str(full)
    assert isinstance(told(OperationalError("select", {}, psycopg.errors.LockNotAvailable("timeout"))), Busy)
    assert isinstance(told(OperationalError("select", {}, psycopg.errors.TooManyConnections("full"))), Busy)


def test_no_free_connection_is_busy() -> None:
    assert isinstance(told(PoolTimeout("QueuePool limit")), Busy)
