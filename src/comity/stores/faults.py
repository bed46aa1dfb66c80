"""Says in plain words what a database complained of, and whether trying again later may help."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from comity.errors import Busy, StoreError

_LONGEST = 300

# Primary result codes of SQLite (sqlite.org/rescode.html); an extended code has its primary one in the low byte.
_SQLITE_BUSY = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
_SQLITE_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full: make room; what is held can still be read",
    sqlite3.SQLITE_READONLY: "the database cannot be written: its file or folder is read-only for this user",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: look at its folder, owner and mode",
    sqlite3.SQLITE_PERM: "the database file may not be opened by this user",
    sqlite3.SQLITE_IOERR: "the disk failed while reading or writing the database: look at the disk and its log",
    sqlite3.SQLITE_CORRUPT: "the database is damaged: stop the node, keep a copy of its folder, restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is no database, or damaged: keep a copy of it and restore the last backup",
}

# SQLSTATE of PostgreSQL, appendix A; the first two characters are the class.
_POSTGRES_BUSY = frozenset(("55P03", "40001", "40P01", "53300", "57P03"))
_POSTGRES_WORDS = {
    "53100": "the database server's disk is full: make room; what is held can still be read",
    "25006": "the database server takes no writes: is it a standby?",
    "XX001": "the database server found its data damaged: restore the last backup",
    "XX002": "the database server found an index damaged: reindex it",
    "42501": "the database user lacks a right that the node needs",
}


def told(exc: Exception) -> StoreError | Busy:
    """Give the error to raise in the place of a driver's."""
    if isinstance(exc, PoolTimeout):
        return Busy("every connection to the database is in use")
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig is not None else exc
    if isinstance(exc, DBAPIError) and exc.connection_invalidated:
        return StoreError("the connection to the database was lost: {why}", why=_first_line(cause))
    if isinstance(cause, sqlite3.Error):
        return _told_by_sqlite(cause)
    state = getattr(cause, "sqlstate", None)
    if state in _POSTGRES_BUSY:
        return Busy("the database is busy: {why}", why=_first_line(cause))
    return _refused(_POSTGRES_WORDS.get(state or ""), cause)


def _told_by_sqlite(cause: sqlite3.Error) -> StoreError | Busy:
    code = getattr(cause, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _SQLITE_BUSY:
        return Busy("another process holds the database: try again, and see that only one process uses the node")
    return _refused(_SQLITE_WORDS.get(primary) if primary is not None else None, cause)


def _refused(words: str | None, cause: BaseException) -> StoreError:
    why = _first_line(cause)
    return StoreError("{words} ({why})", words=words, why=why) if words else StoreError(why)


def _first_line(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0][:_LONGEST] if lines else type(cause).__name__


DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error)
