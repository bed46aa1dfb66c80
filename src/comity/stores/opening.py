"""Opens a node's database: SQLite with one writing connection, or PostgreSQL; nothing else knows which.

Durability: a transaction given by `write()` is on disk when it returns (SQLite: WAL with `synchronous=FULL`;
PostgreSQL: its own default). On SQLite one connection writes and checkpoints, readers are `query_only`: the machine's
SQLite may carry the WAL-reset fault mended in 3.51.3, which needs a second connection to commit during a checkpoint.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.sql.base import Executable

from comity.errors import StoreError
from comity.stores.tables import metadata

SqlValue = int | str | bytes | bool | None
SqlRow = tuple[SqlValue, ...]

_MEMORY = "memory:"
_CHECKPOINT_PAGES = 20_000
_CACHE_KIB = 128 * 1024


class Store:
    """One open database. State kept consistent here: the single writer and its lock."""

    def __init__(self, writer: Engine, reader: Engine, path: Path | None) -> None:
        self._writer, self._reader, self.path = writer, reader, path
        self._one_writer = threading.RLock()
        self._sql: dict[int, str] = {}
        self.epoch: int | None = None  # of this process's sequencer, once there is one
        self.dialect = writer.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that is durable when the block ends, or undone if it raises."""
        with self._one_writer:
            try:
                with self._writer.begin() as tx:
                    yield tx
            except SQLAlchemyError as exc:
                raise StoreError(_plain(exc)) from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        try:
            if self._reader is self._writer:
                with self._one_writer, self._writer.begin() as tx:
                    yield tx
            else:
                with self._reader.begin() as tx:
                    yield tx
        except SQLAlchemyError as exc:
            raise StoreError(_plain(exc)) from exc

    def driver_sql(self, statement: Executable) -> str:
        """Give a statement as the driver's text with positional parameters, for many rows of plain tuples."""
        found = self._sql.get(id(statement))
        if found is None:
            found = str(statement.compile(dialect=self._writer.dialect))
            self._sql[id(statement)] = found
        return found

    def create(self) -> None:
        """Make every table; used for the in-memory store, and by the first migration."""
        metadata.create_all(self._writer)

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    def backup(self, target: Path) -> None:
        """Copy the whole database to a file while it is in use. SQLite only."""
        if self.dialect != "sqlite":
            raise StoreError("back a PostgreSQL database up with pg_dump")
        with self.read() as tx, sqlite3.connect(target) as copy:
            source = tx.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)
        copy.close()

    def scrub(self) -> None:
        """Empty the write-ahead log into the database, so that erased bytes stand in neither."""
        if self.path is None:
            return
        with self._one_writer, self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("pragma wal_checkpoint(truncate)"))

    def close(self) -> None:
        """Give all connections back."""
        if self._reader is not self._writer:
            self._reader.dispose()
        self._writer.dispose()


def many(store: Store, tx: Connection, statement: Executable, rows: Sequence[SqlRow]) -> None:
    """Run one statement for many rows; the rows hold the statement's parameters in order."""
    if rows:
        tx.exec_driver_sql(store.driver_sql(statement), list(rows))


def open_store(url: str) -> Store:
    """Open the database at `sqlite:PATH`, `memory:` or `postgresql://…`.

    Raises:
        StoreError: the address has another form, or the database does not answer.
    """
    try:
        if url == _MEMORY:
            engine = _sqlite("sqlite://", reading=False, pool=StaticPool)
            store = Store(engine, engine, None)
            store.create()
            return store
        if url.startswith("sqlite:"):
            path = Path(url.removeprefix("sqlite:"))
            writer = _sqlite(f"sqlite:///{path}", reading=False, pool=StaticPool)
            with writer.connect():
                pass
            return Store(writer, _sqlite(f"sqlite:///{path}", reading=True, pool=QueuePool), path)
        if url.startswith(("postgresql://", "postgres://")):
            address = "postgresql+psycopg://" + url.split("://", 1)[1]
            engine = create_engine(address, paramstyle="format", pool_size=8, max_overflow=16)
            with engine.connect():
                pass
            return Store(engine, engine.execution_options(isolation_level="REPEATABLE READ"), None)
    except (SQLAlchemyError, sqlite3.Error) as exc:
        raise StoreError(_plain(exc)) from exc
    raise StoreError("a database address begins with sqlite:, memory: or postgresql://")


def _sqlite(address: str, *, reading: bool, pool: type[StaticPool] | type[QueuePool]) -> Engine:
    # pool_size is for queues only; a static pool holds exactly one connection, the writer.
    sizes = {"pool_size": 8, "max_overflow": 24} if pool is QueuePool else {}
    engine = create_engine(address, poolclass=pool, connect_args={"check_same_thread": False, "timeout": 30}, **sizes)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, by name
        cursor = connection.cursor()
        cursor.execute("pragma busy_timeout = 30000")
        cursor.execute(f"pragma cache_size = -{_CACHE_KIB if not reading else 32 * 1024}")
        cursor.execute("pragma temp_store = memory")
        if reading:
            cursor.execute("pragma query_only = on")
            cursor.execute("pragma mmap_size = 4294967296")
        else:
            cursor.execute("pragma journal_mode = wal")
            cursor.execute("pragma synchronous = full")
            cursor.execute("pragma secure_delete = on")
            cursor.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin" if reading else "begin immediate")

    return engine


def _plain(exc: Exception) -> str:
    cause = getattr(exc, "orig", None) or exc
    first = str(cause).strip().splitlines()
    return first[0][:300] if first else type(cause).__name__
