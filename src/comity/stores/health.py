"""Says how a database is doing: which one it is, whether it is whole, and how much it holds."""

import sqlite3
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, inspect, select, text

from comity.errors import StoreError
from comity.stores.agreement_tables import agreements
from comity.stores.opening import Store
from comity.stores.release_tables import deliveries, views
from comity.stores.table_base import metadata
from comity.stores.tables import LIVE, parties, quarantine, queue, records

WAL_RESET_MENDED_IN = (3, 51, 3)  # sqlite.org, "WAL-reset bug"


class Engine(NamedTuple):
    """Which database this is and in which mode it runs."""

    name: str  # "sqlite" or "postgresql"
    version: str
    journal_mode: str  # "" on PostgreSQL
    synchronous: str
    wal_reset_fault: bool  # this SQLite may lose a commit made while another connection checkpoints


class Counts(NamedTuple):
    """How much a node holds."""

    parties: int
    readers: int
    agreements: int
    items: int
    quarantined: int
    deliveries: int
    queued: int  # marks that the sequencer has not worked off


def engine_of(store: Store) -> Engine:
    """Ask the database what it is."""
    with store.read() as tx:
        if store.dialect != "sqlite":
            version = str(tx.execute(text("show server_version")).scalar_one())
            return Engine(
                store.dialect, version, "", str(tx.execute(text("show synchronous_commit")).scalar_one()), False
            )
    with store.write(even_read_only=True) as tx:  # the writing connection's mode is what counts for durability
        mode = str(tx.exec_driver_sql("pragma journal_mode").scalar_one())
        level = int(tx.exec_driver_sql("pragma synchronous").scalar_one())
    affected = sqlite3.sqlite_version_info < WAL_RESET_MENDED_IN
    words = ("off", "normal", "full", "extra")
    return Engine("sqlite", sqlite3.sqlite_version, mode, words[level], affected and mode == "wal")


def damages(store: Store, *, deep: bool = False) -> list[str]:
    """List what the database finds wrong with itself; empty if it is whole. PostgreSQL checks its own pages."""
    if store.dialect != "sqlite":
        return []
    try:
        with store.read() as tx:
            rows = tx.exec_driver_sql("pragma integrity_check" if deep else "pragma quick_check").scalars().all()
    except StoreError as exc:  # too damaged even to be checked
        return [str(exc)]
    return [str(row) for row in rows if row != "ok"]


def missing_tables(store: Store) -> list[str]:
    """Name the tables that this version of Comity expects and the database lacks."""
    with store.read() as tx:
        there = set(inspect(tx).get_table_names())
    return sorted(set(metadata.tables) - there)


def queued_marks(tx: Connection) -> int:
    """Count the marks that the sequencer has not worked off."""
    return _count(tx, select(func.count()).select_from(queue))


def counts(tx: Connection) -> Counts:
    """Count what the node holds."""
    return Counts(
        parties=_count(tx, select(func.count()).select_from(parties)),
        readers=_count(tx, select(func.count()).select_from(views)),
        agreements=_count(tx, select(func.count()).select_from(agreements)),
        items=_count(
            tx, select(func.count()).select_from(records).where(records.c.class_no > 0, records.c.state == LIVE)
        ),
        quarantined=_count(tx, select(func.count()).select_from(quarantine)),
        deliveries=_count(tx, select(func.count()).select_from(deliveries)),
        queued=queued_marks(tx),
    )


def _count(tx: Connection, statement: Select[int]) -> int:
    return int(tx.execute(statement).scalar_one())
