"""Keeps which backups of the node were made, up to which record, and which are said to be destroyed."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.log_tables import backups
from comity.stores.tables import ACT, records
from comity.values import Instant

ALL = 2**53 - 1  # in the place of the last record of a backup that is being written


class Backup(NamedTuple):
    """One backup. `last_no` is the last record that may be in it; `sha256` is of the file, empty until it is whole."""

    no: int
    at_ms: int
    file: str
    sha256: bytes
    last_no: int
    with_keys: bool
    destroyed_ms: int | None


def last_record(tx: Connection) -> int:
    """Give the number of the newest record; 0 if there is none."""
    return int(tx.execute(select(func.max(records.c.no))).scalar() or 0)


def note_backup(tx: Connection, at: Instant, file: str, sha256: bytes, last_no: int, *, with_keys: bool) -> int:
    """Enter a backup; gives its number."""
    no = int(tx.execute(select(func.max(backups.c.no))).scalar() or 0) + 1
    row = Backup(no, int(at), file, sha256, last_no, with_keys, None)
    tx.execute(insert(backups).values(row._asdict()))
    return no


def complete(tx: Connection, no: int, sha256: bytes, last_no: int) -> None:
    """Enter that a backup is whole."""
    tx.execute(update(backups).where(backups.c.no == no).values(sha256=sha256, last_no=last_no))


def forget(tx: Connection, no: int) -> None:
    """Take a backup out of the list that was not written."""
    tx.execute(delete(backups).where(backups.c.no == no))


def all_backups(tx: Connection) -> list[Backup]:
    """Give every backup by number, those that were destroyed too."""
    return [_backup(row) for row in tx.execute(select(backups).order_by(backups.c.no))]


def holding(tx: Connection, nos: Sequence[int]) -> list[Backup]:
    """Give the backups that are not destroyed and may hold one of these records; without any, all of them."""
    first = min(nos, default=0)
    which = (backups.c.destroyed_ms.is_(None), backups.c.last_no >= first)
    return [_backup(row) for row in tx.execute(select(backups).where(*which).order_by(backups.c.no))]


def destroy(tx: Connection, no: int, now: Instant) -> bool:
    """Note that a backup is destroyed; False if it is none, or was so before."""
    which = (backups.c.no == no, backups.c.destroyed_ms.is_(None))
    return bool(tx.execute(update(backups).where(*which).values(destroyed_ms=int(now))).rowcount)


def erasures_since(tx: Connection, at_ms: int) -> int:
    """Count the acts of erasure that are kept since a time."""
    which = (records.c.family == ACT, records.c.type == "x-comity-erasure", records.c.kept_ms >= at_ms)
    return int(tx.execute(select(func.count()).select_from(records).where(*which)).scalar_one())


def _backup(row: Sequence[object]) -> Backup:
    found = Backup._make(row)
    return found._replace(sha256=bytes(found.sha256), with_keys=bool(found.with_keys))
