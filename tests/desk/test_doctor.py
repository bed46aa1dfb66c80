"""Tests that the doctor finds a sound node sound and names what is not."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.cli.caller import local_actor
from comity.desk.doctor import DoctorRequest, doctor
from comity.desk.folder_checks import Finding
from comity.desk.node_type import Node
from comity.node import open_node
from comity.stores import policies
from comity.wire.lock import hold_lock
from tests.support.command import a_node
from tests.support.counting import remember_all


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node opened as commands open it, its lock held."""
    folder = a_node(tmp_path / "node")
    with hold_lock(folder, "doctor"):
        node = open_node(folder)
        yield node
        node.store.close()


def finding(node: Node, check: str) -> Finding:
    (found,) = [one for one in doctor(node, local_actor(), DoctorRequest()).findings if one.check == check]
    return found


def test_a_fresh_node_is_sound(node: Node) -> None:
    answer = doctor(node, local_actor(), DoctorRequest(deep=True))
    assert answer.sound
    assert all(one.verdict == "good" for one in answer.findings if one.check != "disk")


def test_the_database_is_named_with_its_version_and_mode(node: Node) -> None:
    seen = finding(node, "database").seen
    assert "sqlite 3." in seen
    assert "journal wal, synchronous full" in seen


def test_a_node_open_without_its_lock_is_a_fault(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"))
    assert finding(node, "lock").verdict == "fault"
    node.store.close()


def test_settings_of_another_node_are_a_fault(node: Node) -> None:
    other = node._replace(settings=msgspec.structs.replace(node.settings, party="northwind"))
    assert finding(other, "party").verdict == "fault"


def test_every_fault_says_what_to_do(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"))
    (node.folder / "keys").chmod(0o755)
    faults = [one for one in doctor(node, local_actor(), DoctorRequest()).findings if one.verdict == "fault"]
    node.store.close()
    assert {one.check for one in faults} == {"permissions", "lock"}
    assert all(one.advice for one in faults)


def test_a_log_that_may_not_go_on_is_a_fault(node: Node) -> None:
    assert finding(node, "log").verdict == "good"
    node.store.read_only = "the database is older than the log"
    assert (finding(node, "log").verdict, "log renew" in finding(node, "log").advice) == ("fault", True)
    assert finding(node, "database").verdict == "good"


def test_what_breaks_after_a_look_is_a_fault_at_the_next(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_all(node, monkeypatch)
    assert finding(node, "integrity").verdict == "good"
    with node.store.read() as tx:
        file = Path(str(tx.exec_driver_sql("pragma database_list").all()[0][2]))
        size = int(tx.exec_driver_sql("pragma page_size").scalar_one())
        page = int(tx.exec_driver_sql("select rootpage from sqlite_schema where name = 'outlets'").scalar_one())
    with node.store.write() as tx:
        policies.set_fact(tx, "looked", "once")
    with sqlite3.connect(file) as other:
        other.execute("pragma wal_checkpoint(truncate)")
    other.close()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * 200)
    with node.store.write() as tx:
        policies.set_fact(tx, "looked", "again")

    assert finding(node, "integrity").verdict == "fault"
