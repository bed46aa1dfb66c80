"""Tests that a node is made whole or not at all, and opened only when all of it is there."""

from pathlib import Path

import msgspec
import pytest

from comity.errors import Conflict, NodeError
from comity.node import new_node, open_node
from comity.settings import Settings, settings_of
from comity.values import instant

NOON = instant("2031-03-01T12:00:00Z")


def some_settings() -> Settings:
    return settings_of(party="northwind", title="Northwind Energy", kind="company")


def made(folder: Path) -> Path:
    with new_node(folder, some_settings()):
        pass
    return folder


def test_a_new_node_opens_with_what_it_was_given(tmp_path: Path) -> None:
    node = open_node(made(tmp_path / "node"), clock=lambda: NOON, entropy=bytes)
    node.store.close()
    assert node.settings == msgspec.structs.replace(some_settings(), log_origin="northwind/comity/1")
    assert (node.clock(), node.entropy(2)) == (NOON, b"\0\0")


def test_everything_in_a_new_node_is_its_owners_alone(tmp_path: Path) -> None:
    folder = made(tmp_path / "node")
    assert [path.name for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_making_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="founding failed"), new_node(tmp_path / "node", some_settings()):
        raise Conflict("founding failed")
    assert list((tmp_path / "node").iterdir()) == []


def test_a_node_is_never_made_over_another(tmp_path: Path) -> None:
    folder = made(tmp_path / "node")
    with pytest.raises(Conflict, match="already"), new_node(folder, some_settings()):
        pass
    open_node(folder).store.close()


def test_a_database_without_settings_is_not_replaced(tmp_path: Path) -> None:
    folder = made(tmp_path / "node")
    (folder / "node.toml").unlink()
    with pytest.raises(Conflict, match="not empty"), new_node(folder, some_settings()):
        pass
    assert (folder / "node.db").stat().st_size > 0


def test_a_node_whose_database_is_gone_does_not_begin_an_empty_one(tmp_path: Path) -> None:
    folder = made(tmp_path / "node")
    (folder / "node.db").unlink()
    with pytest.raises(NodeError, match="restore"):
        open_node(folder)
    assert not (folder / "node.db").exists()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    folder = made(tmp_path / "node")
    (folder / "keys" / "record.pem").chmod(0o644)
    with pytest.raises(NodeError, match="chmod 600"):
        open_node(folder)
