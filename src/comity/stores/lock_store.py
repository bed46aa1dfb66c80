"""Keeps the last state of the log that may be signed, apart from the database: so that no backup takes it back.

A small SQLite file in a folder of its own, in no backup. A checkpoint is signed only after this has taken it in by
compare-and-swap: a database that is older than it cannot sign a second history. `synchronous=EXTRA` is FULL with the
folder's own entry flushed too, without which a power cut could bring the rollback journal back.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from comity.errors import Conflict, StoreError
from comity.records.log.tree import EMPTY_ROOT
from comity.stores.faults import told

FOLDER, FILE_NAME, WORDS = "lock", "log.db", "read-only"
_WAIT_S = 30.0
_TABLE = """create table if not exists locks (
    no integer primary key, origin text not null unique, size integer not null, root blob not null)"""
_CURRENT = "select origin, size, root from locks order by no desc limit 1"


class Locked(NamedTuple):
    """The state of a log that may be signed and shown, and from which it may only grow."""

    origin: str
    size: int
    root: bytes


class LockStore:
    """The lock store of the node in a folder. Nothing stays open between calls."""

    def __init__(self, node_folder: Path) -> None:
        self._folder = node_folder / FOLDER

    @property
    def path(self) -> Path:
        """The file."""
        return self._folder / FILE_NAME

    def current(self) -> Locked | None:
        """Give the state of the newest log; None if there is no lock store.

        Raises:
            StoreError: the file cannot be read.
        """
        if not self.path.exists():
            return None
        with self._opened() as connection:
            row = connection.execute(_CURRENT).fetchone()
        return None if row is None else Locked(str(row[0]), int(row[1]), bytes(row[2]))

    def begin(self, origin: str) -> Locked:
        """Begin a log, as the newest; a log of this name that is there stays as it is.

        Raises:
            StoreError: the file cannot be written.
        """
        self._make()
        with self._opened() as connection:
            connection.execute(
                "insert into locks (origin, size, root) values (?, 0, ?) on conflict do nothing", (origin, EMPTY_ROOT)
            )
            row = connection.execute("select origin, size, root from locks where origin = ?", (origin,)).fetchone()
        return Locked(str(row[0]), int(row[1]), bytes(row[2]))

    def swap(self, before: Locked, after: Locked) -> None:
        """Go from one state to the next, durably, if it is still the one before.

        Raises:
            Conflict: it is not. StoreError: the file cannot be written.
        """
        if after.origin != before.origin or after.size < before.size:
            raise Conflict("a log of {size} entries cannot become one of {size2}", size=before.size, size2=after.size)
        with self._opened() as connection:
            moved = connection.execute(
                "update locks set size = ?, root = ? where origin = ? and size = ? and root = ?"
                " and no = (select max(no) from locks)",
                (after.size, after.root, before.origin, before.size, before.root),
            ).rowcount
        if moved != 1:
            raise Conflict("the log has been signed further meanwhile")

    def hold(self, words: str) -> None:
        """Note why the node is read-only, for commands that another process carries out; "" takes it back.

        Raises:
            StoreError: the note cannot be written.
        """
        note = self._folder / WORDS
        try:
            if not words:
                note.unlink(missing_ok=True)
                return
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(words)
        except OSError as exc:
            raise StoreError("{note} cannot be written: {strerror}", note=note, strerror=exc.strerror) from exc

    def held_words(self) -> str:
        """Give why the node is read-only; empty if it is not."""
        try:
            return (self._folder / WORDS).read_text(encoding="utf-8")
        except OSError:
            return ""

    def _make(self) -> None:
        if self.path.exists():
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        except OSError as exc:
            raise StoreError("{path} cannot be made: {strerror}", path=self.path, strerror=exc.strerror) from exc

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction that is durable when the block ends."""
        try:
            connection = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            try:
                connection.execute("pragma journal_mode = delete")
                connection.execute("pragma synchronous = extra")
                connection.execute("begin immediate")
                connection.execute(_TABLE)
                yield connection
                connection.execute("commit")
            finally:
                connection.close()
        except sqlite3.Error as exc:
            raise told(exc) from exc
