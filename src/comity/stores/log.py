"""Keeps the node's log: entries in bundles, hashes in tiles, which entry stands for which record, signed checkpoints.

Whole tiles at a time: a step of the sequencer rewrites the few that were not full and adds new ones, no row an entry.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, bindparam, delete, func, insert, select, update

from comity.errors import RecordRejected, StoreError
from comity.records.log.entry import PAD_TO, Columns, Covered, entries_of_own, entry_of, padding
from comity.records.log.tiles import grow_tiles, read_bundle, write_bundle
from comity.records.log.tree import TILE_WIDTH
from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.just_kept import JustKept
from comity.stores.log_tables import checkpoints, log_bundles, log_ranges, log_tiles, logs
from comity.stores.opening import SqlRow, Store, many
from comity.stores.tables import ACT, numbers, parties, records

_MAIN = logs.c.name == "main"
_INSERT_TILES, _INSERT_BUNDLES = insert(log_tiles), insert(log_bundles)
_ROWS = (
    select(
        records.c.no, records.c.family, records.c.source_no, records.c.stix_id, records.c.type, records.c.version,
        records.c.version_us, records.c.spec, records.c.sha256, records.c.kept_ms, records.c.salt,
    )
    .where(records.c.no >= bindparam("first", type_=BigInteger), records.c.no <= bindparam("last", type_=BigInteger))
    .order_by(records.c.no)
)  # fmt: skip
_STATE = select(logs.c.origin, logs.c.size, logs.c.numbered, logs.c.began_no).where(_MAIN)
_GROWN = update(logs).where(_MAIN).values(
    size=bindparam("to_size", type_=BigInteger), numbered=bindparam("to_number", type_=BigInteger)
)  # fmt: skip
_AT_TILE = (
    log_tiles.c.level == bindparam("at_level", type_=Integer),
    log_tiles.c.number == bindparam("at", type_=BigInteger),
)
_TILE = select(log_tiles.c.body).where(*_AT_TILE)
_PUT_TILE = update(log_tiles).where(*_AT_TILE).values(body=bindparam("grown", type_=LargeBinary))
_AT_BUNDLE = log_bundles.c.number == bindparam("at", type_=BigInteger)
_BUNDLE = select(log_bundles.c.body).where(_AT_BUNDLE)
_PUT_BUNDLE = update(log_bundles).where(_AT_BUNDLE).values(body=bindparam("grown", type_=LargeBinary))
_RANGE = insert(log_ranges)
_LACKING = (
    select(numbers.c.n_first, numbers.c.n_last, numbers.c.first_no)
    .where(numbers.c.n_first > bindparam("after", type_=BigInteger))
    .order_by(numbers.c.n_first)
    .limit(bindparam("most", type_=Integer))
)
_NUMBERED = select(func.max(numbers.c.n_last))
_NAMES = select(parties.c.no, parties.c.name, parties.c.is_self)
PADDING = 0  # stands for a record's number where there is none
FAMILIES = ("item", "act")


class LogState(NamedTuple):
    """How far the log is."""

    origin: str
    size: int
    numbered: int
    began_no: int


class LogRange(NamedTuple):
    """Entries that follow each other, for records that do; `first_no` is PADDING for those that stand for none."""

    first_index: int
    length: int
    first_no: int


class SignedCheckpoint(NamedTuple):
    """A checkpoint as it was signed."""

    origin: str
    size: int
    root: bytes
    at_ms: int
    note: bytes


_LAST_CHECKPOINT = (
    select(*(checkpoints.c[name] for name in SignedCheckpoint._fields))
    .where(checkpoints.c.origin == bindparam("its_origin"))
    .order_by(checkpoints.c.size.desc())
    .limit(1)
)


def log_state(tx: Connection) -> LogState | None:
    """Give how far the log is; None if there is none yet."""
    row = row_of(tx, _STATE)
    return None if row is None else LogState(*row)


def begin_log(tx: Connection, origin: str) -> LogState:
    """Begin the log that a database has none of; records numbered before get their entries from `append_numbered`."""
    last = int(tx.execute(select(func.max(numbers.c.first_no + numbers.c.n_last - numbers.c.n_first))).scalar() or 0)
    tx.execute(insert(logs).values(name="main", origin=origin, size=0, numbered=0, began_no=last))
    return LogState(origin, 0, 0, last)


def restart_log(tx: Connection, origin: str) -> None:
    """Begin another log in the place of this one, under another name; what was signed before is kept."""
    for table in (log_tiles, log_bundles, log_ranges):
        tx.execute(delete(table))
    if log_state(tx) is None:
        begin_log(tx, origin)
    tx.execute(update(logs).where(_MAIN).values(origin=origin, size=0, numbered=0))


def append_numbered(
    store: Store,
    tx: Connection,
    state: LogState,
    entropy: Callable[[int], bytes],
    most: int,
    just_kept: JustKept | None = None,
) -> LogState:
    """Append the entries of records that are numbered and have none, in the order of their numbers.

    In the transaction that numbers them: otherwise a crash could leave a record that the log never saw. Of what was
    erased before, a random entry keeps the place.

    Args:
        most: at which count to stop; a range that was numbered at once is not left half done.
        just_kept: what this transaction has kept of it, if all of that still stands.
    """
    names = source_names(tx)
    entries: list[bytes] = []
    for n_first, n_last, first_no in rows_of(tx, _LACKING, after=state.numbered, most=most):
        count = n_last - n_first + 1
        last_no = first_no + count - 1
        if just_kept is None or not first_no <= just_kept.first_no <= just_kept.last_no <= last_no:
            entries += _entries(tx, names, entropy, first_no, last_no)
        else:
            entries += _entries(tx, names, entropy, first_no, just_kept.first_no - 1)
            source, kept_ms = names.get(just_kept.source_no, ""), just_kept.kept_ms
            entries += entries_of_own(just_kept.salts, just_kept.logged, FAMILIES[0], source, kept_ms)
            entries += _entries(tx, names, entropy, just_kept.last_no + 1, last_no)
        _add_range(tx, LogRange(state.size + len(entries) - count, count, first_no))
        state = state._replace(numbered=n_last)
        if len(entries) >= most:
            break
    return _append(store, tx, state, entries)


def _entries(
    tx: Connection, names: dict[int, str], entropy: Callable[[int], bytes], first_no: int, last_no: int
) -> list[bytes]:
    if last_no < first_no:
        return []
    rows = record_rows(tx, first_no, last_no)
    if len(rows) != last_no - first_no + 1:
        raise StoreError(
            "records {first_no} to {what} are numbered, and {len} are there",
            first_no=first_no,
            what=last_no,
            len=len(rows),
        )
    return [
        padding(entropy(32), 1)[0] if row[10] is None else entry_of(row[10], _columns_of(row, names)) for row in rows
    ]


def pad(store: Store, tx: Connection, state: LogState, entropy: Callable[[int], bytes]) -> LogState:
    """Fill the log up with entries that stand for nothing, to the next multiple of 16."""
    lacking = -state.size % PAD_TO
    if lacking:
        _add_range(tx, LogRange(state.size, lacking, PADDING))
    return _append(store, tx, state, padding(entropy(32 * lacking), lacking))


def _append(store: Store, tx: Connection, state: LogState, entries: Sequence[bytes]) -> LogState:
    if entries:
        try:
            changed = grow_tiles(state.size, tile_reader(tx), entries)
        except RecordRejected as exc:
            raise StoreError("the log is damaged and cannot go on ({exc}): run log verify", exc=exc) from exc
        fresh: list[SqlRow] = []
        for (level, number), body in changed.items():
            at, width = divmod(state.size >> (8 * level), TILE_WIDTH)
            if number == at and width:
                changed_by(tx, _PUT_TILE, at_level=level, at=number, grown=body)
            else:
                fresh.append((level, number, body))
        many(store, tx, _INSERT_TILES, fresh)
        _append_bundles(store, tx, state.size, entries)
    state = state._replace(size=state.size + len(entries))
    changed_by(tx, _GROWN, to_size=state.size, to_number=state.numbered)
    return state


def _append_bundles(store: Store, tx: Connection, size: int, entries: Sequence[bytes]) -> None:
    number, width = divmod(size, TILE_WIDTH)
    at = 0
    if width:
        at = TILE_WIDTH - width
        body = bundle_of(tx, number) + write_bundle(entries[:at])
        changed_by(tx, _PUT_BUNDLE, at=number, grown=body)
        number += 1
    fresh: list[SqlRow] = []
    for begin in range(at, len(entries), TILE_WIDTH):
        fresh.append((number, write_bundle(entries[begin : begin + TILE_WIDTH])))
        number += 1
    many(store, tx, _INSERT_BUNDLES, fresh)


def _add_range(tx: Connection, one: LogRange) -> None:
    changed_by(tx, _RANGE, **one._asdict())


def source_names(tx: Connection) -> dict[int, str]:
    """Give the name under which the log covers each source; acts of the own party have the number 0."""
    names = {0: ""}
    for no, name, is_self in rows_of(tx, _NAMES):
        names[no] = name
        if is_self:
            names[0] = name
    return names


def record_rows(tx: Connection, first_no: int, last_no: int) -> Sequence[Sequence[Any]]:
    """Give what the log needs of each record from one number to another: number, covered columns, salt."""
    return rows_of(tx, _ROWS, first=first_no, last=last_no)


def covered_of(row: Sequence[Any], names: dict[int, str]) -> Covered:
    """Give the covered columns of a row of `record_rows`."""
    return Covered._make(_columns_of(row, names))


def _columns_of(row: Sequence[Any], names: dict[int, str]) -> Columns:
    _, family, source_no, stix_id, kind, version, version_us, spec, sha256, kept_ms, _ = row
    source = names.get(source_no, "")
    return (FAMILIES[family == ACT], source, stix_id, kind, version, version_us, spec, sha256, kept_ms)


def tile_reader(tx: Connection) -> Callable[[int, int], bytes]:
    """Give the function that reads tiles in this transaction; empty where there is none."""

    def read(level: int, number: int) -> bytes:
        row = row_of(tx, _TILE, at_level=level, at=number)
        return b"" if row is None else bytes(row[0])

    return read


def bundle_of(tx: Connection, number: int) -> bytes:
    """Give a bundle of entries; empty if there is none."""
    row = row_of(tx, _BUNDLE, at=number)
    return b"" if row is None else bytes(row[0])


def entries_of(tx: Connection, first_index: int, count: int) -> list[bytes]:
    """Give entries that follow each other; an empty one in the place of each that cannot be read."""
    found: list[bytes] = []
    first, last = first_index // TILE_WIDTH, (first_index + count - 1) // TILE_WIDTH
    for number in range(first, last + 1):
        try:
            entries = read_bundle(bundle_of(tx, number))
        except RecordRejected:
            entries = []
        found += entries + [b""] * (TILE_WIDTH - len(entries))
    begin = first_index - first * TILE_WIDTH
    return found[begin : begin + count]


def range_of(tx: Connection, record_no: int) -> LogRange | None:
    """Give the range in which a record has its entry; None if it has none yet."""
    row = tx.execute(
        select(log_ranges.c.first_index, log_ranges.c.length, log_ranges.c.first_no)
        .where(log_ranges.c.first_no <= record_no, log_ranges.c.first_no > PADDING)
        .order_by(log_ranges.c.first_no.desc())
        .limit(1)
    ).first()
    found = None if row is None else LogRange(*row)
    return found if found is not None and record_no < found.first_no + found.length else None


def log_ranges_from(tx: Connection, first_index: int = -1, at_once: int = 1000) -> Iterator[LogRange]:
    """Give all ranges in the order of the log."""
    while True:
        rows = tx.execute(
            select(log_ranges.c.first_index, log_ranges.c.length, log_ranges.c.first_no)
            .where(log_ranges.c.first_index > first_index)
            .order_by(log_ranges.c.first_index)
            .limit(at_once)
        ).all()
        if not rows:
            return
        yield from (LogRange(*row) for row in rows)
        first_index = rows[-1][0]


def put_checkpoint(tx: Connection, checkpoint: SignedCheckpoint) -> None:
    """Keep a signed checkpoint; one of the same log and size takes its place, signed again."""
    c = checkpoints.c
    tx.execute(delete(checkpoints).where(c.origin == checkpoint.origin, c.size == checkpoint.size))
    tx.execute(insert(checkpoints).values(checkpoint._asdict()))


def last_checkpoint(tx: Connection, origin: str) -> SignedCheckpoint | None:
    """Give the newest checkpoint of a log."""
    row = row_of(tx, _LAST_CHECKPOINT, its_origin=origin)
    return None if row is None else SignedCheckpoint(row[0], row[1], bytes(row[2]), row[3], bytes(row[4]))


def numbered_of(tx: Connection) -> int:
    """Give the last number that the sequencer has given."""
    ((last,),) = rows_of(tx, _NUMBERED)
    return int(last or 0)


def checkpoints_of(tx: Connection, origin: str) -> list[SignedCheckpoint]:
    """Give all checkpoints of a log, oldest first."""
    c = checkpoints.c
    rows = tx.execute(select(checkpoints).where(c.origin == origin).order_by(c.size)).all()
    return [SignedCheckpoint(row.origin, row.size, bytes(row.root), row.at_ms, bytes(row.note)) for row in rows]
