"""Gives every test of the stores its database: in memory, an SQLite file, and a PostgreSQL server of our own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.stores.opening import Store, open_store
from tests.support.postgresql import new_postgres, postgres

__all__ = ["new_postgres", "postgres"]

KINDS = ("memory", "sqlite", "postgresql")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a lasting database with every table."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("new_postgres")())
    url = f"sqlite:{tmp_path / 'node.db'}"
    store = open_store(url)
    store.create()
    store.close()
    return url


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database with every table, once of each kind: what holds for one must hold for all."""
    if request.param == "postgresql":
        opened = open_store(request.getfixturevalue("new_postgres")())
    elif request.param == "sqlite":
        opened = open_store(f"sqlite:{tmp_path / 'node.db'}")
        opened.create()
    else:
        opened = open_store("memory:")
    yield opened
    opened.close()
