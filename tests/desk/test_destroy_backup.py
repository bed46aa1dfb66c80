"""Tests that an officer says once that a backup is destroyed, with a reason that the audit keeps."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.destroy_backup import DestroyBackupRequest, destroy_backup
from comity.desk.list_audit import ListAuditRequest, list_audit
from comity.desk.node_type import Node
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from tests.support.desks import OFFICER, freedonia


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path / "node") as made:
        yield made


def test_it_is_said_once_and_the_file_is_not_touched(node: Node, tmp_path: Path) -> None:
    backup_node(node, OFFICER, BackupRequest(target=str(tmp_path / "b.tar")))
    with pytest.raises(UsageError):
        destroy_backup(node, OFFICER, DestroyBackupRequest(number=1, reason="   "))
    request = DestroyBackupRequest(number=1, reason="The disk was shredded.")
    assert destroy_backup(node, OFFICER, request).destroyed_at is not None
    assert (tmp_path / "b.tar").exists()
    with pytest.raises(Conflict):
        destroy_backup(node, OFFICER, request)
    assert "shredded" in msgspec.json.encode(list_audit(node, OFFICER, ListAuditRequest())).decode()


def test_an_unknown_one_and_a_role_that_may_not_are_refused(node: Node, tmp_path: Path) -> None:
    request = DestroyBackupRequest(number=1, reason="gone")
    with pytest.raises(NotFound):
        destroy_backup(node, OFFICER, request)
    with pytest.raises(NotPermitted):
        destroy_backup(node, msgspec.structs.replace(OFFICER, role="analyst"), request)
