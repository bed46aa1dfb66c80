"""Tests how a node states its keys: when it is made, and when it comes from a version that had none."""

from pathlib import Path

import pytest
from sqlalchemy import text

from comity.desk.acts import open_act, signer_for
from comity.desk.doctor import DoctorRequest, doctor
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.node_type import Node
from comity.desk.own_keys import own_party, upgrade_keys
from comity.desk.party_keys import newest_set
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.node import open_node
from comity.settings import write_settings
from comity.stores import keeping
from comity.stores.tables import ACT
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown
from tests.support.nodes import START, SetClock


def as_of_the_former_version(node: Node) -> None:
    """Take away what the former version did not make: keys for log and encryption, and all key sets."""
    for name in ("log.pem", "encryption.pem"):
        (node.folder / "keys" / name).unlink()
    with node.store.write() as tx:
        for table in ("key_sets", "party_keys", "peers"):
            tx.execute(text(f"delete from {table}"))
        tx.execute(text("delete from records where type = 'x-comity-key-set'"))
    write_settings(node.folder, node.settings)
    node.store.close()


def acts_open(node: Node) -> int:
    """Read every act that the node holds at the time it was kept; gives how many."""
    with node.store.read() as tx:
        rows = [row for no in range(1, 20) if (row := keeping.held_record(tx, no)) is not None and row.family == ACT]
        for row in rows:
            assert row.body is not None
            open_act(node, tx, row.body, type(node.clock())(row.kept_ms))
    return len(rows)


def test_a_new_node_has_stated_its_keys(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        view = shown(node)
        assert [(key.use, key.state, key.here) for key in sorted(view.keys, key=lambda key: key.use)] == [
            ("encryption", "good", True), ("log", "good", True), ("record", "good", True),
        ]  # fmt: skip
        assert {key.valid_from for key in view.keys} == {"2031-03-01T11:00:00.000Z"}, "clocks may be an hour behind"
        with node.store.read() as tx:
            assert newest_set(tx, own_party(tx).no) is not None
        assert acts_open(node) == 4
        assert not upgrade_keys(node)


def test_a_node_of_the_former_version_states_its_keys_when_it_is_opened(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        as_of_the_former_version(node)
        for _ in range(2):
            opened = open_node(node.folder, clock=SetClock("2031-05-01T00:00:00Z"))
            view = shown(opened)
            assert {key.valid_from for key in view.keys} == {iso_start()}, "so long has it signed with them"
            assert sorted(key.use for key in view.keys) == ["encryption", "log", "record"]
            assert acts_open(opened) == 4
            opened.store.close()


def iso_start() -> str:
    return START.replace("Z", ".000Z")


def test_without_its_root_key_it_opens_works_on_and_is_told_what_to_do(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        as_of_the_former_version(node)
        (node.folder / "keys" / "root.pem").rename(tmp_path / "safe.pem")
        opened = open_node(node.folder, clock=SetClock("2031-05-01T00:00:00Z"))
        with opened.store.read() as tx:
            assert newest_set(tx, own_party(tx).no) is None
            assert signer_for(opened, tx, "record", opened.clock()) == opened.keys.record
        assert shown(opened).serial == 0
        (told,) = [one for one in doctor(opened, OFFICER, DoctorRequest()).findings if one.check == "key set"]
        assert (told.verdict, "--root" in told.advice) == ("warning", True)
        rotate_key(opened, OFFICER, RotateKeyRequest(use="record", root=str(tmp_path / "safe.pem")))
        assert [key.use for key in shown(opened).keys].count("record") == 2
        assert acts_open(opened) == 5
        opened.store.close()


def test_a_serial_made_after_a_restore_is_none_that_was_used_before(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        before = shown(node).serial
        at(node, "2031-03-02T12:00:00Z")
        lost = rotate_key(node, OFFICER, RotateKeyRequest(use="record")).serial
        with node.store.write() as tx:  # as a backup from before the rotation has it
            tx.execute(text("delete from key_sets where serial > :serial"), {"serial": before})
        at(node, "2031-03-03T12:00:00Z")
        assert rotate_key(node, OFFICER, RotateKeyRequest(use="record")).serial > lost


def test_first_contact_states_the_keys_too(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        as_of_the_former_version(node)
        (node.folder / "keys" / "root.pem").rename(tmp_path / "safe.pem")
        opened = open_node(node.folder, clock=SetClock("2031-05-01T00:00:00Z"))
        answer = export_anchor(opened, OFFICER, ExportAnchorRequest(root=str(tmp_path / "safe.pem")))
        assert answer.fingerprint == shown(opened).fingerprint
        assert shown(opened).serial > 0
        opened.store.close()


@pytest.mark.parametrize("name", ["root.pem", "record.pem"])
def test_no_private_key_is_changed_by_opening(tmp_path: Path, name: str) -> None:
    with freedonia(tmp_path) as node:
        before = (node.folder / "keys" / name).read_bytes()
        as_of_the_former_version(node)
        open_node(node.folder).store.close()
        assert (node.folder / "keys" / name).read_bytes() == before
