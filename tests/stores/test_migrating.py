"""Tests that the migrations lead to exactly the tables that the statements expect, in one transaction."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text

from comity.errors import StoreError
from comity.stores import migrating
from comity.stores.opening import open_store
from comity.stores.schema import HEAD, revision_of
from comity.stores.tables import metadata

_SQLITE_SCHEMA = text(
    """select type, name, tbl_name, sql from sqlite_master
    where tbl_name not like 'sqlite%' order by type, name"""
)
_POSTGRES_COLUMNS = text(
    """select table_name, column_name, ordinal_position, data_type, is_nullable, collation_name, column_default
    from information_schema.columns where table_schema = 'public' and table_name not like 'alembic%'
    order by table_name, ordinal_position"""
)
_POSTGRES_INDEXES = text(
    """select tablename, indexname, indexdef from pg_indexes
    where schemaname = 'public' and tablename not like 'alembic%' order by indexname"""
)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that the migrations made."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("new_postgres")())  # its server's `made` is
    address = f"sqlite:{tmp_path / 'node.db'}"
    migrate(address)
    return address


def migrate(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        migrating.upgrade(tx)
    store.close()


def test_the_migrated_tables_are_the_expected_ones(migrated: str) -> None:
    store = open_store(migrated)
    with store.write() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_on_sqlite_the_two_ways_give_the_same_statements_and_first_rows(tmp_path: Path) -> None:
    found = []
    for name in ("migrated.db", "made.db"):
        address = f"sqlite:{tmp_path / name}"
        if name == "migrated.db":
            migrate(address)
        store = open_store(address)
        store.create()
        with store.read() as tx:
            assert revision_of(tx) == HEAD
            rows = {name: tx.execute(select(one)).all() for name, one in metadata.tables.items()}
            found.append((tx.execute(_SQLITE_SCHEMA).all(), rows))
        store.close()
    assert found[0] == found[1]


def test_on_postgres_the_two_ways_give_the_same_columns_and_indexes(new_postgres: Callable[..., str]) -> None:
    found = []
    for template in ("made", "template0"):
        address = new_postgres(template).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(address)
        with engine.begin() as tx:
            metadata.create_all(tx)  # makes nothing where the migrations were
            found.append((tx.execute(_POSTGRES_COLUMNS).all(), tx.execute(_POSTGRES_INDEXES).all()))
        engine.dispose()
    assert found[0] == found[1]


def test_a_migration_that_fails_leaves_nothing(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = tmp_path / "scripts" / "versions"
    versions.mkdir(parents=True)
    (versions / "0002_bad.py").write_text(
        "from alembic import op\nrevision = '0002'\ndown_revision = None\n\n"
        "def upgrade():\n    op.execute('create table half (a integer)')\n    op.execute('no such statement')\n"
    )
    monkeypatch.setattr(migrating, "_SCRIPTS", tmp_path / "scripts")
    store = open_store(address)
    with store.write() as tx:
        tx.execute(text("delete from alembic_version"))
    with pytest.raises(StoreError), store.write() as tx:
        migrating.upgrade(tx, "0002")
    with store.read() as tx:
        assert not tx.dialect.has_table(tx, "half")
    store.close()


def test_a_migration_says_nothing_on_the_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    handlers = list(logging.getLogger().handlers)
    migrate(f"sqlite:{tmp_path / 'node.db'}")
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert logging.getLogger().handlers == handlers
    assert [type(one) for one in logging.getLogger("alembic").handlers] in ([], [logging.NullHandler])
