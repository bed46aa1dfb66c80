"""Tests how a database of another version is met: an older one is brought up, a newer one refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from comity.errors import StoreError
from comity.stores.health import missing_tables
from comity.stores.migrating import scripts
from comity.stores.opening import open_store
from comity.stores.schema import HEAD, revision_of
from tests.support.stores import a_record, keep


def set_revision(address: str, revision: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        tx.execute(text("update alembic_version set version_num = :r"), {"r": revision})
    store.close()


def test_the_newest_migration_is_the_one_that_opening_expects() -> None:
    assert scripts().get_current_head() == HEAD
    assert [one.down_revision for one in scripts().walk_revisions()][-1] is None


def test_an_empty_database_has_no_revision_and_stays_empty(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    with store.read() as tx:
        assert revision_of(tx) is None
    assert "records" in missing_tables(store)
    store.close()


def test_a_made_database_is_at_the_newest_revision(address: str) -> None:
    store = open_store(address)
    with store.read() as tx:
        assert revision_of(tx) == HEAD
    assert missing_tables(store) == []
    store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(address: str) -> None:
    set_revision(address, "9999")
    for _ in range(2):
        with pytest.raises(StoreError, match="newer Comity"):
            open_store(address)


def test_tables_without_a_revision_are_refused(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        tx.execute(text("drop table alembic_version"))
    store.close()
    with pytest.raises(StoreError, match="no revision"):
        open_store(address)


def test_a_revision_that_leads_nowhere_is_refused(address: str) -> None:
    set_revision(address, "0000")
    with pytest.raises(StoreError, match="cannot be brought"):
        open_store(address)


@pytest.mark.parametrize("is_new", [False, True])
def test_opening_a_current_database_and_making_one_load_no_migrations(tmp_path: Path, is_new: bool) -> None:
    path = tmp_path / "node.db"
    if not is_new:
        store = open_store(f"sqlite:{path}")
        store.create()
        keep(store, a_record())
        store.close()
    program = (
        "import sys; from comity.stores.opening import open_store; "
        f"store = open_store('sqlite:{path}'); store.create(); store.close(); print('alembic' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "False"
    assert told.stderr == ""
