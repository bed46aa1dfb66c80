"""Tests that a node's anchor is what another node accepts."""

from pathlib import Path

import msgspec
import pytest

from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.init_node import InitRequest, init_node
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.errors import NodeError, NotPermitted
from comity.node import new_node
from comity.records.anchor_file import read_anchor
from comity.settings import settings_of
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown, take_root_away
from tests.support.nodes import CountedEntropy, SetClock


def test_the_anchor_of_one_node_is_accepted_by_another_and_follows_its_rotations(tmp_path: Path) -> None:
    wanted = settings_of(party="sylvania", title="Sylvania", kind="state")
    entropy = CountedEntropy()
    entropy.restart("sylvania")
    with freedonia(tmp_path) as ours, new_node(tmp_path / "s", wanted, clock=SetClock(), entropy=entropy) as theirs:
        init_node(theirs, OFFICER, InitRequest())
        done = []
        for day in ("2031-03-02T12:00:00Z", "2031-03-03T12:00:00Z"):
            at(ours, day)
            at(theirs, day)
            exported = export_anchor(theirs, OFFICER, ExportAnchorRequest())
            request = AcceptAnchorRequest(file=exported.text.encode(), fingerprint=exported.fingerprint)
            done.append(accept_anchor(ours, OFFICER, request).done)
            assert [(key.key_id, key.state) for key in shown(ours, "sylvania").keys] == [
                (key.key_id, key.state) for key in shown(theirs).keys
            ]
            rotate_key(theirs, OFFICER, RotateKeyRequest(use="record"))
        assert done == ["accepted", "renewed"]


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8700/taxii2/"),
        ({"public_url": "https://hub.freedonia.example/"}, "https://hub.freedonia.example/taxii2/"),
        ({"host": "::1", "tls_certificate": "a.pem", "tls_key": "b.pem"}, "https://[::1]:8700/taxii2/"),
    ],
)
def test_it_names_where_the_node_is_reached_and_the_same_stands_in_the_code(
    tmp_path: Path, settings: dict[str, str], address: str
) -> None:
    with freedonia(tmp_path) as node:
        changed = node._replace(settings=msgspec.structs.replace(node.settings, **settings))
        exported = export_anchor(changed, OFFICER, ExportAnchorRequest(days=1))
        read = read_anchor(exported.text.encode())
        assert read.anchor.endpoints == (address,)
        assert read.anchor.valid_until == exported.valid_until == "2031-03-02T12:00:00.000Z"
        assert exported.qr == f"COMITY freedonia-csirt\n{exported.fingerprint}\n{address}"
        assert exported.fingerprint == shown(node).fingerprint


def test_it_takes_the_root_key_and_an_officer(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(NotPermitted):
            export_anchor(node, msgspec.structs.replace(OFFICER, role="operator"), ExportAnchorRequest())
        away = take_root_away(node, tmp_path / "safe.pem")
        with pytest.raises(NodeError, match="--root"):
            export_anchor(away, OFFICER, ExportAnchorRequest())
        assert export_anchor(away, OFFICER, ExportAnchorRequest(root=str(tmp_path / "safe.pem"))).text
