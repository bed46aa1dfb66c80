"""Brings a database to the newest revision: only forward, in one transaction, without a configuration file.

Kept apart from `opening`, which needs it only where a revision is missing (a new database of SQLite's is made at once
with the tables that these lead to, and tests hold the two ways equal): Alembic takes a quarter of a second to load.
"""

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from comity.errors import StoreError
from comity.stores.schema import HEAD

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x636F6D697479  # "comity": two processes that open a new version at once go one after the other


def upgrade(tx: Connection, to: str = HEAD) -> None:
    """Run the migrations that a database lacks, up to a revision, in the caller's transaction.

    Raises:
        StoreError: the database is at a revision that no migration leads on from.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    script = scripts()
    context = MigrationContext.configure(tx, opts={"fn": lambda revision, _: script._upgrade_revs(to, revision)})
    try:
        with Operations.context(context):
            context.run_migrations()
    except CommandError as exc:
        raise StoreError("the database cannot be brought to revision {to}: {why}", to=to, why=exc) from exc


def scripts() -> ScriptDirectory:
    """Give the migrations that are part of this version."""
    return ScriptDirectory(str(_SCRIPTS))
