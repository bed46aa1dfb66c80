"""Opens a node's database: SQLite with one writing connection, or PostgreSQL; nothing else knows which.

Durability: a transaction given by `write()` is on disk when it returns (SQLite: WAL with `synchronous=FULL`;
PostgreSQL: its own default).

Order: one transaction writes at a time, on either database. SQLite has it so; on PostgreSQL each writing transaction
first locks one row until it ends, also against other processes. So what a transaction has looked up (is this held,
which number is next) is still true when it writes, and the order of numbers is the order of commits.

On SQLite one connection writes and checkpoints, readers are `query_only`: the machine's SQLite may carry the WAL-reset
fault mended in 3.51.3, which needs a second connection to commit during a checkpoint.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, Insert, create_engine, event, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from comity.errors import Busy, ReadOnly, StoreError
from comity.stores.faults import DATABASE_ERRORS, told
from comity.stores.read_counts import ReadCounts
from comity.stores.reads import ReadNotes
from comity.stores.schema import HEAD, make_tables, revision_of
from comity.stores.statistics import set_statistics
from comity.stores.tables import RECORDS, counters
from comity.stores.tallies import Tallies

if TYPE_CHECKING:
    import psycopg

SqlValue = int | str | bytes | bool | None
SqlRow = tuple[SqlValue, ...]

WAIT_S: float = 30  # for another writer, before the answer is Busy
_MEMORY = "memory:"
# Measured in docs/decisions/0008-sqlite-pages-and-figures.md.
_PAGE_BYTES = 8192  # of a new file; one that is there keeps its own
_CHECKPOINT_PAGES = 20_000
_CACHE_KIB = 128 * 1024
_KEPT_OPEN = 8  # of the connections that read; as many as threads read for TAXII clients
_READER_CACHE_KIB = 32 * 1024
_ABANDONED_MS = 600_000  # PostgreSQL ends a transaction in which nothing happens for so long, and frees its lock
_SCRUBBED = (
    "records, search_values, links, portions, markings, unresolved, siblings, overrides, due, quarantine, statuses"
)
_TURN = select(counters.c.value).where(counters.c.name == RECORDS).with_for_update()


class Store:
    """One open database. State kept consistent here: whose turn it is to write, within this process."""

    def __init__(self, writer: Engine, reader: Engine, path: Path | None) -> None:
        self._writer, self._reader, self.path = writer, reader, path
        self._turn = threading.Lock()
        self._writing: int | None = None  # the thread whose turn it is
        self._sql: dict[Insert, str] = {}
        self._idle: list[Connection] = []  # that read, between two readings
        self._aside: list[Connection] = []  # the one that writes on SQLite, between two transactions
        self.epoch: int | None = None  # of this process's sequencer, once there is one
        self.reads = ReadNotes()
        self.read_counts = ReadCounts()
        self.tallies = Tallies(elsewhere=writer.dialect.name == "postgresql")
        self.queued = threading.Event()  # set by who queues work for a sequencer that may be asleep
        self.read_only = ""  # why nothing is written, if so
        self.dialect = writer.dialect.name
        self._is_memory = reader is writer

    @contextmanager
    def write(self, *, even_read_only: bool = False) -> Iterator[Connection]:
        """Give a transaction that is durable when the block ends, or undone if it raises.

        Args:
            even_read_only: for what mends a node that is read-only, and for what only looks.

        Raises:
            ReadOnly: nothing is written just now, and why.
            Busy: another writer held the database for 30 seconds.
            StoreError: the disk or the database refused; nothing of the block is kept.
        """
        if self.read_only and not even_read_only:
            raise ReadOnly(self.read_only)
        with self._my_turn():
            try:
                if self.dialect == "postgresql":
                    with self._writer.begin() as tx:
                        tx.execute(_TURN)
                        yield tx
                else:
                    with self._kept_open(writing=True) as tx:
                        yield tx
            except DATABASE_ERRORS as exc:
                raise told(exc) from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        if self._is_memory:
            with self.write(even_read_only=True) as tx:
                yield tx
            return
        self._refuse_nesting()
        try:
            with self._reader.begin() if self.dialect == "postgresql" else self._kept_open(writing=False) as tx:
                yield tx
        except DATABASE_ERRORS as exc:
            raise told(exc) from exc

    @contextmanager
    def _kept_open(self, *, writing: bool) -> Iterator[Connection]:
        """Give a transaction on a connection that is only put aside at its end: taking it from the pool costs more."""
        idle, engine = (self._aside, self._writer) if writing else (self._idle, self._reader)
        tx = idle.pop() if idle else engine.connect()
        try:
            driver = _driver_of(tx)
            driver.execute("begin immediate" if writing else "begin")
            yield tx
            if writing:
                tx.commit()
                driver.commit()  # of a transaction in which nobody but the driver itself was asked
            else:
                tx.rollback()
                driver.rollback()
        except BaseException:
            tx.close()  # undoes the driver's transaction
            raise
        if len(idle) < _KEPT_OPEN:
            idle.append(tx)
        else:
            tx.close()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        self._refuse_nesting()
        if not self._turn.acquire(timeout=WAIT_S):
            raise Busy("the node is writing something long")
        self._writing = threading.get_ident()
        try:
            yield
        finally:
            self._writing = None
            self._turn.release()

    def _refuse_nesting(self) -> None:
        # It would share the writing connection, and its end would end the outer transaction too.
        if self._writing == threading.get_ident():
            raise StoreError("a transaction was begun inside another: pass the first one on")

    def driver_sql(self, statement: Insert) -> str:
        """Give a statement as the driver's text with positional parameters, for many rows of plain tuples."""
        found = self._sql.get(statement)
        if found is None:
            found = self._sql[statement] = str(statement.compile(dialect=self._writer.dialect))
        return found

    def create(self) -> None:
        """Make every table, or bring those that are there to this version; repeating it changes nothing.

        Raises:
            StoreError: the database is of a newer version, or refuses.
        """
        with self.read() as tx:
            revision = revision_of(tx)
        if revision is None and self.dialect == "sqlite":
            with self.write() as tx:
                if revision_of(tx) is None:  # still: another process may have made it meanwhile
                    make_tables(tx)
            return
        if revision == HEAD:
            return
        # Needed on an old database, or a new one of PostgreSQL's, only; slow to load.
        from comity.stores.migrating import upgrade  # noqa: PLC0415

        with self._my_turn():
            try:
                with self._writer.begin() as tx:
                    upgrade(tx)
                    set_statistics(tx)
            except SQLAlchemyError as exc:
                raise told(exc) from exc

    def backup(self, target: Path) -> None:
        """Copy the whole database to a file while it is in use. SQLite only."""
        if self.dialect != "sqlite":
            raise StoreError("back a PostgreSQL database up with pg_dump")
        with self.read() as tx:
            source = _driver_of(tx)
            try:
                copy = sqlite3.connect(target)
                try:
                    source.backup(copy)
                finally:
                    copy.close()
            except sqlite3.Error as exc:
                raise told(exc) from exc

    def scrub(self, wait_s: float | None = None) -> None:
        """Clear what erased content still stands in beside its table: SQLite's write-ahead log, PostgreSQL's dead rows.

        On SQLite `secure_delete` has overwritten the content in the database's pages; this writes them to the file and
        empties the log. PostgreSQL frees the space for reuse, but overwrites it only as it is used again, and keeps its
        own log and archives: these are in the hands of who runs the server. Writers wait while this waits for a long
        reading to end: for `wait_s`, or as long as one waits for another writer.

        Raises:
            Busy: a long reading holds the log; the content is gone for readers, and the call is to be repeated.
        """
        try:
            if self.path is not None:
                self._empty_log(wait_s)
            elif self.dialect == "postgresql":
                with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text(f"vacuum {_SCRUBBED}"))
        except DATABASE_ERRORS as exc:
            raise told(exc) from exc

    def _empty_log(self, wait_s: float | None) -> None:
        with self._my_turn():
            connection = self._writer.raw_connection()
            try:
                cursor = connection.cursor()
                if wait_s is not None:
                    cursor.execute(f"pragma busy_timeout = {int(wait_s * 1000)}")
                cursor.execute("pragma wal_checkpoint(truncate)")
                row = cursor.fetchone()
                cursor.execute(f"pragma busy_timeout = {int(WAIT_S * 1000)}")
                cursor.close()
            finally:
                connection.close()
        if row is None or row[0] != 0:
            raise Busy("a long reading still holds the write-ahead log, in which erased content stands")

    def close(self) -> None:
        """Give all connections back, once what was read is noted."""
        self.read_counts.close(self)
        self.reads.flush()
        for idle in (self._idle, self._aside):
            while idle:
                idle.pop().close()
        if not self._is_memory:
            self._reader.dispose()
        self._writer.dispose()


def _driver_of(tx: Connection) -> sqlite3.Connection:
    driver = tx.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise StoreError("the database's connection is gone")
    return driver


def many(store: Store, tx: Connection, statement: Insert, rows: Sequence[SqlRow]) -> None:
    """Run one statement for many rows; the rows hold the statement's parameters in order.

    On SQLite the driver is asked itself: it takes the rows as they are.
    """
    if not rows:
        return
    driver = tx.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        tx.exec_driver_sql(store.driver_sql(statement), list(rows))
        return
    try:
        driver.executemany(store.driver_sql(statement), rows)
    except sqlite3.Error as exc:
        raise told(exc) from exc


def open_store(url: str) -> Store:
    """Open the database at `sqlite:PATH`, `memory:` or `postgresql://…`; one of an older version is brought up to this.

    An empty database stays empty until `create()`.

    Raises:
        StoreError: the address has another form, the database does not answer, or it is of a newer version.
    """
    try:
        store = _store_at(url)
    except DATABASE_ERRORS as exc:
        raise told(exc) from exc
    try:
        with store.read() as tx:
            revision = revision_of(tx)
        if url == _MEMORY or revision not in (None, HEAD):
            store.create()
    except BaseException:
        store.close()
        raise
    return store


def _store_at(url: str) -> Store:
    if url == _MEMORY:
        engine = _sqlite(None, reading=False, pool=StaticPool)
        return Store(engine, engine, None)
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:"))
        writer = _sqlite(path, reading=False, pool=StaticPool)
        _tried(writer)
        return Store(writer, _sqlite(path, reading=True, pool=QueuePool), path)
    if url.startswith(("postgresql://", "postgres://")):
        engine = _postgres(url.split("://", 1)[1])
        _tried(engine)
        reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return Store(engine, reader, None)
    raise StoreError("a database address begins with sqlite:, memory: or postgresql://")


def _tried(engine: Engine) -> None:
    """Connect once, so that what is wrong is told at opening; leave nothing open if something is."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                encoding = connection.execute(text("show server_encoding")).scalar()
                if encoding != "UTF8":
                    raise StoreError(
                        "the database is encoded in {encoding}: make one with the encoding UTF8", encoding=encoding
                    )
    except BaseException:
        engine.dispose()
        raise


def _sqlite(path: Path | None, *, reading: bool, pool: type[StaticPool] | type[QueuePool]) -> Engine:
    # pool_size is for queues only; a static pool holds exactly one connection, the writer.
    sizes = {"pool_size": 8, "max_overflow": 24} if pool is QueuePool else {}
    address = URL.create("sqlite", database=None if path is None else str(path))
    engine = create_engine(
        address, poolclass=pool, connect_args={"check_same_thread": False, "timeout": WAIT_S}, **sizes
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, by name
        cursor = connection.cursor()
        cursor.execute(f"pragma busy_timeout = {int(WAIT_S * 1000)}")
        cursor.execute(f"pragma cache_size = -{_READER_CACHE_KIB if reading else _CACHE_KIB}")
        cursor.execute("pragma temp_store = memory")
        if reading:
            cursor.execute("pragma query_only = on")
            cursor.execute("pragma mmap_size = 4294967296")
        else:
            cursor.execute(f"pragma page_size = {_PAGE_BYTES}")
            cursor.execute("pragma journal_mode = wal")
            cursor.execute("pragma synchronous = full")
            cursor.execute("pragma secure_delete = on")
            cursor.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not reading and not _driver_of(connection).in_transaction:  # `Store.read` and `Store.write` have begun it
            connection.exec_driver_sql("begin immediate")

    return engine


def _postgres(rest: str) -> Engine:
    # pool_pre_ping: a connection that died is replaced when it is next taken, not handed out.
    engine = create_engine(
        f"postgresql+psycopg://{rest}", paramstyle="format", pool_size=8, max_overflow=16, pool_pre_ping=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: "psycopg.Connection[tuple[object, ...]]", _: object) -> None:
        connection.execute(f"set lock_timeout = {int(WAIT_S * 1000)}")
        connection.execute(f"set idle_in_transaction_session_timeout = {_ABANDONED_MS}")
        connection.commit()

    return engine
