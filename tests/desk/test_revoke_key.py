"""Tests that a key can be voided from a time on, and that the node goes on with another."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.acts import open_act, signer_for
from comity.desk.node_type import Node
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_keys import KeysShown
from comity.errors import NodeError, NotFound, NotPermitted, RecordRejected, UsageError
from comity.records import dsse
from comity.stores import keeping
from comity.values import instant
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown, take_root_away, verdicts

ME, SINCE = "freedonia-csirt", "2031-03-04T00:00:00Z"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path) as made:
        at(made, "2031-03-05T12:00:00Z")
        yield made


def record_key(node: Node) -> str:
    return next(key.key_id for key in shown(node).keys if key.use == "record")


def revoke(node: Node, key: str, since: str = SINCE, **fields: str) -> KeysShown:
    return revoke_key(node, OFFICER, RevokeKeyRequest(key=key, suspect_from=since, **fields))


def test_a_revoked_key_voids_what_was_first_seen_since_and_nothing_before(node: Node) -> None:
    with node.store.read() as tx:
        act = keeping.held_record(tx, 1)
    assert act is not None
    assert act.body is not None
    revoke(node, record_key(node))
    with node.store.read() as tx:
        assert open_act(node, tx, act.body, instant("2031-03-03T23:59:59Z"))
        with pytest.raises(RecordRejected, match="suspect"):
            open_act(node, tx, act.body, instant(SINCE))


def test_the_last_key_of_a_use_is_replaced_in_the_same_statement(node: Node) -> None:
    old = node.keys.record
    revoke(node, record_key(node))
    with node.store.read() as tx:
        new = signer_for(node, tx, "record", node.clock())
    assert new.key_id != old.key_id
    assert verdicts(node, ME, "2031-03-05T12:00:01Z") == ["suspect", "good"]


def test_a_key_that_was_rotated_away_is_revoked_without_a_new_one(node: Node) -> None:
    old = record_key(node)
    rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
    after = revoke(node, old[:8])
    assert [key.state for key in after.keys if key.use == "record"] == ["suspect", "good"]
    with node.store.read() as tx:
        assert signer_for(node, tx, "record", node.clock()).key_id != old


def test_a_suspicion_moves_back_and_never_forward(node: Node) -> None:
    key = record_key(node)
    for since in ("2031-03-04T00:00:00Z", "2031-03-02T00:00:00Z", "2031-03-05T00:00:00Z"):
        after = revoke(node, key, since)
    assert next(one.suspect_from for one in after.keys if one.key_id == key) == "2031-03-02T00:00:00.000Z"


@pytest.mark.parametrize(
    ("key", "since", "error"),
    [
        ("00000000", SINCE, NotFound),
        ("", SINCE, UsageError),
        ("abc", SINCE, UsageError),
        ("own", "2031-03-05T12:00:01Z", UsageError),
        ("own", "yesterday", UsageError),
        ("root", SINCE, UsageError),
    ],
)
def test_what_cannot_be_revoked_is_said_and_nothing_changes(
    node: Node, key: str, since: str, error: type[Exception]
) -> None:
    before = shown(node)
    named = {"own": record_key(node), "root": node.keys.root_key_id}.get(key, key)
    with pytest.raises(error):
        revoke(node, named, since)
    assert shown(node) == before
    assert not (node.folder / "keys" / "record-2.pem").exists()


def test_it_takes_an_officer_and_the_root_key(node: Node, tmp_path: Path) -> None:
    key = record_key(node)
    with pytest.raises(NotPermitted):
        revoke_key(
            node, msgspec.structs.replace(OFFICER, role="operator"), RevokeKeyRequest(key=key, suspect_from=SINCE)
        )
    away = take_root_away(node, tmp_path / "safe.pem")
    with pytest.raises(NodeError, match="--root"):
        revoke(away, key)
    assert revoke(away, key, root=str(tmp_path / "safe.pem")).keys[0].state == "suspect"


def test_when_no_key_counts_nothing_is_signed(node: Node) -> None:
    with node.store.read() as tx, pytest.raises(NodeError, match="key rotate"):
        signer_for(node, tx, "record", instant("2030-01-01"))
    assert dsse.key_id(node.keys.record.public) == record_key(node)
