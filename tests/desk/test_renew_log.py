"""Tests the way out of being read-only: another log under another name, and no second history of the first."""

import shutil
from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.desk.renew_log import RenewLogRequest, next_origin, renew_log
from comity.errors import Conflict, NotPermitted
from comity.node import open_node
from comity.stores import registers
from comity.stores.lock_store import LockStore
from tests.support.command import a_node
from tests.support.desks import READER, take_in
from tests.support.logged import verified
from tests.support.nodes import OFFICER, an_object

WHY = RenewLogRequest(reason="the disk was lost, and with it all since the backup of Sunday")


def held(tmp_path: Path) -> Node:
    """A node that went back to an old database."""
    folder = a_node(tmp_path / "node")
    for number in (1, 2):
        node = open_node(folder)
        take_in(node, tmp_path, an_object("malware", number))
        make_checkpoint(node)
        node.store.close()
        if number == 1:
            shutil.copyfile(folder / "node.db", tmp_path / "old.db")
    shutil.copyfile(tmp_path / "old.db", folder / "node.db")
    node = open_node(folder)
    assert node.store.read_only
    return node


def test_the_next_log_holds_what_is_held_and_the_node_goes_on(tmp_path: Path) -> None:
    node = held(tmp_path)
    answer = renew_log(node, OFFICER, WHY)
    assert (answer.before, answer.signed_size) == ("freedonia-csirt/comity/1", 32)
    assert (answer.after, answer.size) == ("freedonia-csirt/comity/2", 3)
    take_in(node, tmp_path, an_object("malware", 3))
    made = make_checkpoint(node)
    assert made is not None
    assert made.note.startswith(b"freedonia-csirt/comity/2\n16\n")
    assert verified(node).sound
    node.store.close()
    again = open_node(node.folder)
    assert again.store.read_only == LockStore(node.folder).held_words() == ""
    with again.store.read() as tx:
        line = registers.audit_rows(tx)[-2]
    assert (line.verb, "lost" in line.facts, "comity/2" in line.facts) == ("log renew", True, True)
    again.store.close()


def test_the_first_logs_state_stays_in_the_lock_store(tmp_path: Path) -> None:
    node = held(tmp_path)
    renew_log(node, OFFICER, WHY)
    assert LockStore(node.folder).begin("freedonia-csirt/comity/1").size == 32
    node.store.close()


def test_a_renewal_cut_short_is_done_again_with_the_same_name(tmp_path: Path) -> None:
    node = held(tmp_path)
    LockStore(node.folder).begin("freedonia-csirt/comity/2")
    assert renew_log(node, OFFICER, WHY).after == "freedonia-csirt/comity/2"
    node.store.close()


def test_a_database_from_before_a_renewal_is_held(tmp_path: Path) -> None:
    node = held(tmp_path)
    renew_log(node, OFFICER, WHY)
    node.store.close()
    for leaving in node.folder.glob("node.db*"):
        leaving.unlink()
    shutil.copyfile(tmp_path / "old.db", node.folder / "node.db")
    again = open_node(node.folder)
    assert "is of the log freedonia-csirt/comity/1" in again.store.read_only
    assert renew_log(again, OFFICER, WHY).after == "freedonia-csirt/comity/2"  # nothing was signed in it
    again.store.close()


def test_without_a_lock_store_the_name_of_the_database_is_left_behind(tmp_path: Path) -> None:
    node = held(tmp_path)
    LockStore(node.folder).path.unlink()
    answer = renew_log(node, OFFICER, WHY)
    assert (answer.signed_size, answer.after) == (None, "freedonia-csirt/comity/2")
    node.store.close()


def test_a_log_in_order_is_not_given_up_and_not_by_anybody(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"))
    with pytest.raises(Conflict, match="in order"):
        renew_log(node, OFFICER, WHY)
    for actor in (READER, Actor(name="a", role="auditor", via="cli")):
        with pytest.raises(NotPermitted):
            renew_log(node, actor, WHY)
    node.store.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a/comity/1", "a/comity/2"),
        ("a/comity/9", "a/comity/10"),
        ("a/comity/2031", "a/comity/2031-2"),
        ("a/comity/2031-2", "a/comity/2031-3"),
        ("a/comity/odd", "a/comity/odd/2"),
    ],
)
def test_logs_are_counted_on(before: str, after: str) -> None:
    assert next_origin(before) == after
