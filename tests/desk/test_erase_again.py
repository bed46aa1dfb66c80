"""Tests that what was erased stays erased when an older backup is put back, also while the node is read-only."""

import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from comity.desk.actor import Actor
from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.begin_intake import ShowIntakeRequest, begin_intake, show_intake
from comity.desk.erase_again import note_erased
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.desk.renew_log import RenewLogRequest, renew_log
from comity.desk.restore_node import RestoreRequest, restore_node
from comity.desk.run_jobs import do_next
from comity.desk.take_in import TakeInRequest
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.errors import NodeError
from comity.node import open_node
from comity.stores.tables import ERASED, ITEM, records
from comity.values import Instant, instant
from tests.support.command import a_node
from tests.support.desks import take_in
from tests.support.nodes import OFFICER, an_id, an_object

GONE, STAYS = an_id("indicator", 1), an_id("indicator", 2)
SECRET = b"A bystander's address"


class Ticking:
    """A clock that goes on with each look."""

    def __init__(self) -> None:
        self.now = instant("2031-03-01T12:00:00Z")

    def __call__(self) -> Instant:
        self.now = Instant(self.now + 1000)
        return self.now


def opened(folder: Path, clock: Ticking) -> Node:
    return open_node(folder, clock=clock)


def filled(folder: Path, clock: Ticking) -> Path:
    """Make a node with two items, back it up, then erase one; gives the backup."""
    node = opened(a_node(folder), clock)
    take_in(node, folder.parent, an_object("indicator", 1, name=SECRET.decode()), an_object("indicator", 2))
    make_checkpoint(node)
    file = Path(backup_node(node, OFFICER, BackupRequest(target=str(folder.parent / "b.tar"))).file)
    erase_item(node, OFFICER, EraseItemRequest(id=GONE, reason="court order", ordered_by="court"))
    node.store.close()
    return file


def held(node: Node) -> set[str]:
    with node.store.read() as tx:
        where = (records.c.family == ITEM, records.c.state != ERASED)
        return set(tx.execute(select(records.c.stix_id).where(*where)).scalars())


def anywhere(folder: Path) -> list[str]:
    """Give the files of a node's folder in which the erased content stands."""
    return [one.name for one in folder.rglob("*") if one.is_file() and SECRET in one.read_bytes()]


def test_a_backup_that_is_put_back_does_not_bring_it_back(tmp_path: Path) -> None:
    clock = Ticking()
    file = filled(tmp_path / "node", clock)
    answer = restore_node(tmp_path / "node", RestoreRequest(file=str(file), replace=True))
    assert answer.erased_before == 1
    assert anywhere(tmp_path / "node") == ["node.db"], "the backup held it"
    node = opened(tmp_path / "node", clock)
    assert held(node) == {STAYS}
    assert verify_log(node, OFFICER, VerifyLogRequest()).sound
    node.store.close()
    assert anywhere(tmp_path / "node") == []
    assert not (tmp_path / "node" / "lock" / "erased").exists()


def test_an_upload_that_waited_in_the_backup_does_not_bring_it_back(tmp_path: Path) -> None:
    clock = Ticking()
    node = opened(a_node(tmp_path / "node"), clock)
    body = json.dumps(
        {"type": "bundle", "id": "bundle--1", "objects": [an_object("indicator", 1, name=SECRET.decode())]}
    )
    owner = Actor(name="op", role="operator", via="cli")
    begun = begin_intake(node, owner, TakeInRequest(body=body.encode(), name="drop.json", default_tlp="green"))
    make_checkpoint(node)
    file = Path(backup_node(node, OFFICER, BackupRequest(target=str(tmp_path / "b.tar"))).file)
    assert do_next(node, threading.Event()) and held(node) == {GONE}
    erase_item(node, OFFICER, EraseItemRequest(id=GONE, reason="court order", ordered_by="court"))
    node.store.close()
    restore_node(tmp_path / "node", RestoreRequest(file=str(file), replace=True))
    node = opened(tmp_path / "node", clock)
    assert not do_next(node, threading.Event()) and held(node) == set()
    view = show_intake(node, owner, ShowIntakeRequest(id=begun.id)).view
    assert view.state == "failed" and "an older backup was put back" in view.error
    node.store.close()
    assert anywhere(tmp_path / "node") == []


def test_a_node_that_is_read_only_after_it_shows_it_to_nobody_either(tmp_path: Path) -> None:
    clock = Ticking()
    file = filled(tmp_path / "node", clock)
    node = opened(tmp_path / "node", clock)
    make_checkpoint(node)
    node.store.close()
    restore_node(tmp_path / "node", RestoreRequest(file=str(file), replace=True))
    node = opened(tmp_path / "node", clock)
    assert node.store.read_only
    assert held(node) == {STAYS}
    renew_log(node, OFFICER, RenewLogRequest(reason="an old backup"))
    assert (held(node), verify_log(node, OFFICER, VerifyLogRequest()).sound) == ({STAYS}, True)
    node.store.close()
    assert anywhere(tmp_path / "node") == []


def test_two_restores_before_the_node_is_opened_forget_nothing(tmp_path: Path) -> None:
    clock = Ticking()
    file = filled(tmp_path / "node", clock)
    for told in (1, 1):
        answer = restore_node(tmp_path / "node", RestoreRequest(file=str(file), replace=True))
        assert answer.erased_before == told
    node = opened(tmp_path / "node", clock)
    assert held(node) == {STAYS}
    node.store.close()


def test_where_nothing_is_replaced_nobody_can_say_what_was_erased(tmp_path: Path) -> None:
    clock = Ticking()
    file = filled(tmp_path / "node", clock)
    (tmp_path / "node" / "node.db").unlink()
    answer = restore_node(tmp_path / "node", RestoreRequest(file=str(file), replace=True))
    assert answer.erased_before is None
    node = opened(tmp_path / "node", clock)
    assert held(node) == {GONE, STAYS}, "the backup alone cannot know it"
    node.store.close()


def test_what_was_brought_back_by_right_stays(tmp_path: Path) -> None:
    """The same item taken in again after its erasure has another salt."""
    clock = Ticking()
    filled(tmp_path / "node", clock)
    node = opened(tmp_path / "node", clock)
    take_in(node, tmp_path, an_object("indicator", 1))
    file = backup_node(node, OFFICER, BackupRequest(target=str(tmp_path / "later.tar"))).file
    node.store.close()
    restore_node(tmp_path / "node", RestoreRequest(file=file, replace=True))
    node = opened(tmp_path / "node", clock)
    assert held(node) == {GONE, STAYS}
    node.store.close()


def test_a_note_that_cannot_be_read_stops_the_opening(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    (folder / "lock" / "erased").mkdir(parents=True)
    with pytest.raises(NodeError, match="cannot be read"):
        open_node(folder)
    assert note_erased(folder, folder / "none.db") is None
