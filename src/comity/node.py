"""Builds a node out of its folder: the only place where store, clock, randomness, catalogue and keys come together."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from comity.catalogue.read import load_catalogue
from comity.desk.erase_again import erase_again
from comity.desk.guard_log import guard_log
from comity.desk.make_checkpoint import first_origin
from comity.desk.node_type import Node
from comity.desk.own_keys import upgrade_keys
from comity.desk.restoring import finish_restore
from comity.errors import Conflict, NodeError
from comity.settings import Settings, checked, read_settings, write_settings
from comity.stores.lock_store import FOLDER as LOCK
from comity.stores.opening import Store, open_store
from comity.values import Instant
from comity.wire import keys

DATABASE = "node.db"
KEYS = "keys"


def system_clock() -> Instant:
    """The machine's time, in whole milliseconds."""
    return Instant(time.time_ns() // 1_000_000)


def open_node(
    folder: Path,
    *,
    clock: Callable[[], Instant] = system_clock,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Node:
    """Open the node in `folder`. Who opens a node holds its lock, and closes `node.store` in the end.

    A restore that was cut short is ended first.
    A node whose log contradicts what it has signed opens read-only: `node.store.read_only` says why.

    Raises:
        NodeError: settings or keys are not in order.
        StoreError: the database does not open.
        CatalogueError: the installation is damaged.
    """
    finish_restore(folder)
    settings = read_settings(folder)
    keys.complete(folder / KEYS, entropy)
    node = Node(
        catalogue=load_catalogue(),
        keys=keys.load(folder / KEYS),
        store=open_database(folder, settings),
        clock=clock,
        entropy=entropy,
        settings=settings,
        folder=folder,
    )
    try:
        guard_log(node)
        erase_again(node)
        if not node.store.read_only:
            upgrade_keys(node)  # a node of a former version; without its root key here, `doctor` says what to do
    except BaseException:
        node.store.close()
        raise
    return node


def open_database(folder: Path, settings: Settings) -> Store:
    """Open the node's database, which a new node has made already, and bring it to this version of Comity.

    Raises:
        NodeError: the SQLite file is missing; opening would make an empty one in its place.
        StoreError: the database does not answer, or a newer Comity wrote it.
    """
    path = folder / DATABASE
    if not settings.db and not path.exists():
        raise NodeError("{path} is missing: restore the node from its last backup", path=path)
    return _current(open_store(settings.db or f"sqlite:{path}"))


def _current(store: Store) -> Store:
    try:
        store.create()
    except BaseException:
        store.close()
        raise
    return store


@contextmanager
def new_node(
    folder: Path,
    settings: Settings,
    *,
    clock: Callable[[], Instant] = system_clock,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Iterator[Node]:
    """Make a new node for the desk to found: folder (its owner's alone), keys, empty database, lock store, settings.

    If anything fails until the block ends, all that was made is taken away again. The settings are written last: a
    making that was cut short is no node, and nothing that lies there is ever replaced.

    Raises:
        Conflict: the folder holds something already.
        NodeError: the folder cannot be written, or the settings do not hold together.
        StoreError: the database does not open.
    """
    settings = msgspec.structs.replace(settings, log_origin=first_origin(settings))
    checked(settings, folder / "node.toml")
    _make_folder(folder)
    try:
        store = _made_database(folder, settings)
        try:
            made = keys.create(folder / KEYS, entropy)
            node = Node(store, clock, entropy, load_catalogue(), made, settings, folder)
            guard_log(node)
            yield node
        finally:
            store.close()
        write_settings(folder, settings)
    except BaseException:
        _unmake(folder)
        raise


def _made_database(folder: Path, settings: Settings) -> Store:
    if settings.db:
        return _current(open_store(settings.db))
    os.close(os.open(folder / DATABASE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return _current(open_store(f"sqlite:{folder / DATABASE}"))


def _unmake(folder: Path) -> None:
    for name in ("node.toml", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in (KEYS, LOCK):
        shutil.rmtree(folder / name, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = {one.name for one in folder.iterdir()} - {"lost+found"}
        if "node.toml" in there:
            raise Conflict("there is a node in {folder} already", folder=folder)
        if there:
            raise Conflict("{folder} is not empty; a node wants a folder of its own", folder=folder)
        folder.chmod(0o700)
    except OSError as exc:
        raise NodeError("{folder} cannot be made: {why}", folder=folder, why=exc.strerror) from exc
