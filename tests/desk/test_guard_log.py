"""Tests that a node goes on only from a database that leads on from what was signed."""

import shutil
from pathlib import Path

import pytest

from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.errors import ReadOnly, StoreError
from comity.node import open_node
from comity.stores.lock_store import LockStore
from tests.support.command import a_node
from tests.support.desks import take_in
from tests.support.nodes import an_object


def opened(folder: Path) -> Node:
    return open_node(folder)


def grown(folder: Path, number: int) -> None:
    """Take an item in and sign the log."""
    node = opened(folder)
    take_in(node, folder.parent, an_object("malware", number))
    assert make_checkpoint(node) is not None
    node.store.close()


def test_a_new_node_has_its_lock_store_and_writes(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    assert LockStore(folder).current() is not None
    grown(folder, 1)
    grown(folder, 2)
    node = opened(folder)
    assert node.store.read_only == ""
    node.store.close()


def test_an_older_database_reads_and_does_not_write(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    grown(folder, 1)
    shutil.copyfile(folder / "node.db", tmp_path / "old.db")
    grown(folder, 2)
    shutil.copyfile(tmp_path / "old.db", folder / "node.db")

    node = opened(folder)

    assert "older than the log: it has 16 entries, and 32 were signed" in node.store.read_only
    assert LockStore(folder).held_words() == node.store.read_only
    with node.store.read() as tx:
        assert tx.exec_driver_sql("select count(*) from records where family = 0").scalar() == 1
    with pytest.raises(ReadOnly):
        take_in(node, tmp_path, an_object("malware", 3))
    node.store.close()


def test_the_newer_database_put_back_writes_again(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    shutil.copyfile(folder / "node.db", tmp_path / "old.db")
    grown(folder, 1)
    (folder / "node.db").rename(tmp_path / "new.db")
    shutil.copyfile(tmp_path / "old.db", folder / "node.db")
    node = opened(folder)
    assert "has no log, and 16 entries" in node.store.read_only
    node.store.close()
    for leaving in folder.glob("node.db*"):
        leaving.unlink()
    (tmp_path / "new.db").rename(folder / "node.db")
    grown(folder, 2)
    assert LockStore(folder).held_words() == ""


def test_a_database_of_equal_size_with_another_history_is_held(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    shutil.copytree(folder, tmp_path / "twin")
    grown(folder, 1)
    grown(tmp_path / "twin", 2)
    for leaving in folder.glob("node.db*"):
        leaving.unlink()
    shutil.copyfile(tmp_path / "twin" / "node.db", folder / "node.db")
    node = opened(folder)
    assert "not those that were signed" in node.store.read_only
    node.store.close()


def test_a_lock_store_that_is_gone_holds_the_node(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    grown(folder, 1)
    LockStore(folder).path.unlink()
    node = opened(folder)
    assert "lock store of the log is missing" in node.store.read_only
    node.store.close()


def test_a_damaged_lock_store_is_an_error(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    LockStore(folder).path.write_bytes(b"?" * 4096)
    with pytest.raises(StoreError):
        opened(folder)
