"""Tests that a backup is one state of a running node, whole or absent, and keyless unless asked."""

import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.node_type import Node
from comity.desk.restore_node import RestoreRequest, restore_node
from comity.errors import Conflict, NodeError
from comity.node import open_node
from comity.stores import directory
from comity.values import instant
from tests.support.command import a_node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """An open node at a held time."""
    node = open_node(a_node(tmp_path / "node"), clock=lambda: instant("2031-03-01T12:00:00Z"))
    yield node
    node.store.close()


def test_a_backup_in_a_folder_is_named_by_party_and_time(node: Node, tmp_path: Path) -> None:
    answer = backup_node(node, local_actor(), BackupRequest(target=str(tmp_path)))
    assert Path(answer.file).name == "freedonia-csirt-20310301T120000Z.tar"
    assert answer.size_bytes == Path(answer.file).stat().st_size
    assert Path(answer.file).stat().st_mode & 0o777 == 0o600


def test_the_lock_and_whatever_else_lies_there_stay_out(node: Node, tmp_path: Path) -> None:
    (node.folder / "node.lock").write_text("x")
    assert (node.folder / "lock" / "log.db").exists()
    backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "b.tar"), with_keys=True))
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert set(tar.getnames()) == {
            "manifest.json",
            "node.toml",
            "node.db",
            "keys/root.pem",
            "keys/root.pub",
            "keys/record.pem",
            "keys/log.pem",
            "keys/encryption.pem",
            "keys/token.key",
        }


def test_a_backup_of_a_node_at_work_is_one_state_of_it(node: Node, tmp_path: Path) -> None:
    enough = threading.Event()

    def work() -> None:
        for number in range(200):
            add_party(node, local_actor(), AddPartyRequest(title=f"Party {number}", kind="company"))
            if enough.is_set():
                return

    busy = threading.Thread(target=work)
    busy.start()
    backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "b.tar"), with_keys=True))
    enough.set()
    busy.join()

    restore_node(tmp_path / "other", RestoreRequest(file=str(tmp_path / "b.tar")))
    other = open_node(tmp_path / "other")
    with other.store.read() as tx:
        names = {row.name for row in directory.party_rows(tx)} - {"freedonia-csirt"}
    other.store.close()
    assert names == {f"party-{number}" for number in range(len(names))}


def test_a_backup_that_cannot_be_written_leaves_nothing(node: Node, tmp_path: Path) -> None:
    with pytest.raises(NodeError):
        backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "no" / "b.tar")))
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(Conflict):
        backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "b.tar")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "node"]
