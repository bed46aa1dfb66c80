"""Tests that backups are listed with what was erased since, and that erasing names those that hold it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.destroy_backup import DestroyBackupRequest, destroy_backup
from comity.desk.erase_item import EraseItemRequest, ItemErased, erase_item
from comity.desk.list_backups import BackupView, ListBackupsRequest, list_backups
from comity.desk.node_type import Node
from comity.errors import NodeError, NotPermitted
from tests.support.desks import OFFICER, freedonia, take_in, under
from tests.support.nodes import an_id, an_object


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path / "node") as made:
        under(made)
        take_in(made, tmp_path, an_object("indicator", 1))
        yield made


def back_up(node: Node, file: Path) -> int:
    answer = backup_node(node, OFFICER, BackupRequest(target=str(file)))
    assert answer.number is not None
    return answer.number


def listed(node: Node) -> tuple[BackupView, ...]:
    return list_backups(node, OFFICER, ListBackupsRequest()).backups


def erased(node: Node, number: int) -> ItemErased:
    request = EraseItemRequest(id=an_id("indicator", number), reason="court order", ordered_by="court")
    return erase_item(node, OFFICER, request)


def test_a_backup_is_listed_with_its_digest_and_what_was_erased_since(node: Node, tmp_path: Path) -> None:
    assert listed(node) == ()
    back_up(node, tmp_path / "b.tar")
    (one,) = listed(node)
    assert (one.file, one.with_keys, one.erasures_since, one.destroyed_at) == (str(tmp_path / "b.tar"), False, 0, None)
    assert one.sha256 == hashlib.sha256((tmp_path / "b.tar").read_bytes()).hexdigest()
    erased(node, 1)
    assert [row.erasures_since for row in listed(node)] == [1]


def test_erasing_names_the_backups_that_hold_it_and_no_others(node: Node, tmp_path: Path) -> None:
    first = back_up(node, tmp_path / "first.tar")
    take_in(node, tmp_path, an_object("indicator", 2))
    second = back_up(node, tmp_path / "second.tar")
    told = erased(node, 2).remains
    assert [one for one in told if one.startswith("backup ")] == [
        f"backup {second}, second.tar of {listed(node)[1].at}",
    ]
    destroy_backup(node, OFFICER, DestroyBackupRequest(number=first, reason="shredded"))
    told = erased(node, 1).remains
    assert [one.split(",")[0] for one in told if one.startswith("backup ")] == [f"backup {second}"]


def test_an_analyst_does_not_see_them(node: Node) -> None:
    with pytest.raises(NotPermitted):
        list_backups(node, msgspec.structs.replace(OFFICER, role="analyst"), ListBackupsRequest())


def test_what_is_erased_while_a_backup_is_written_counts(node: Node, tmp_path: Path) -> None:
    seen: list[ItemErased] = []

    class Watched(type(node.store)):  # type: ignore[misc]  # the node's own store, and what happens meanwhile
        def backup(self, target: Path) -> None:
            super().backup(target)
            seen.append(erased(node, 1))

    node.store.__class__ = Watched
    number = back_up(node, tmp_path / "b.tar")
    (one,), (meanwhile,) = listed(node), seen
    assert one.number == number and one.erasures_since == 1
    assert any("b.tar" in line for line in meanwhile.remains)


def test_one_that_could_not_be_written_is_not_listed(node: Node, tmp_path: Path) -> None:
    with pytest.raises(NodeError):
        back_up(node, tmp_path / "nowhere" / "b.tar")
    assert listed(node) == ()
