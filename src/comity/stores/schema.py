"""Judges whether a database's schema is this version's, older or newer, and makes it where there is none.

Cheap, for every opening asks it: migrations are loaded for a database of another version only.
"""

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select

from comity.errors import StoreError
from comity.stores.statistics import set_statistics
from comity.stores.table_base import metadata
from comity.stores.tables import FIRST_COUNTERS, counters, records

HEAD = "0051"  # the newest revision under migrations/versions

# Alembic's own table: kept out of ours, so that ours are exactly what the node means to hold.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def revision_of(tx: Connection) -> str | None:
    """Give the revision a database is at; None if it is empty.

    Raises:
        StoreError: it is of a newer Comity, or its tables are of no release.
    """
    inspector = inspect(tx)
    if inspector.has_table(_VERSION.name):
        found = tx.execute(select(_VERSION.c.version_num)).scalar()
        if found is not None:
            return _known(str(found))
    if inspector.has_table(records.name):
        raise StoreError("the database holds tables but no revision: it was not made by a release; restore a backup")
    return None


def make_tables(tx: Connection) -> None:
    """Make every table in an empty database, and what stands in them first: as the migrations would."""
    metadata.create_all(tx)
    tx.execute(insert(counters), list(FIRST_COUNTERS))
    _VERSION.create(tx)
    tx.execute(insert(_VERSION).values(version_num=HEAD))
    set_statistics(tx)


def _known(revision: str) -> str:
    # Revisions are numbers of four digits, so their order as text is their order.
    if revision > HEAD:
        raise StoreError(
            "the database is of a newer Comity (revision {revision}, this one knows {head}): install that version",
            revision=revision,
            head=HEAD,
        )
    return revision
