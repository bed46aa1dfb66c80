"""Tests that a rotation loses no signature, and that the old key signs nothing new."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.acts import open_act, signer_for
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.node_type import Node
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.errors import NodeError, NotPermitted, RecordRejected, UsageError
from comity.records import dsse
from comity.stores import keeping
from comity.stores.tables import ACT
from comity.values import instant
from comity.wire.keys import add_key
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown, take_root_away, verdicts

ME = "freedonia-csirt"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path) as made:
        yield made


def signer(node: Node) -> dsse.Signer:
    with node.store.read() as tx:
        return signer_for(node, tx, "record", node.clock())


def envelopes(node: Node) -> list[tuple[int, bytes]]:
    """Every act that the node holds, with the time at which it was kept."""
    with node.store.read() as tx:
        rows = [keeping.held_record(tx, no) for no in range(1, 30)]
        return [(row.kept_ms, row.body) for row in rows if row is not None and row.family == ACT and row.body]


def test_the_new_key_signs_and_every_older_act_stays_good(node: Node) -> None:
    first = signer(node)
    at(node, "2031-03-05T12:00:00Z")
    rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
    assert signer(node).key_id != first.key_id
    add_party(node, OFFICER, AddPartyRequest(title="Sylvania", kind="state"))
    held = envelopes(node)
    assert len(held) == 6
    with node.store.read() as tx:
        for kept_ms, envelope in held:
            open_act(node, tx, envelope, type(node.clock())(kept_ms))
    by = dsse.verify(held[-1][1], {signer(node).key_id: signer(node).public})
    assert by.key_ids == (signer(node).key_id,)


def test_the_old_key_counts_until_its_overlap_ends_and_is_refused_for_what_is_new_then(node: Node) -> None:
    first, envelope = signer(node), envelopes(node)[0][1]
    at(node, "2031-03-05T12:00:00Z")
    rotate_key(node, OFFICER, RotateKeyRequest(use="record", overlap_days=2))
    assert verdicts(node, ME, "2031-03-06T12:00:00Z") == ["good", "good"]
    assert verdicts(node, ME, "2031-03-07T12:00:00Z") == ["no-longer-valid", "good"]
    payload = dsse.unverified_payload(envelope)
    with node.store.read() as tx:
        assert open_act(node, tx, dsse.sign(payload, first), instant("2031-03-07T11:59:59Z"))
        with pytest.raises(RecordRejected, match="no-longer-valid"):
            open_act(node, tx, dsse.sign(payload, first), instant("2031-03-07T12:00:00Z"))


def test_many_rotations_end_all_but_the_newest_and_serials_grow(node: Node) -> None:
    serials = [shown(node).serial]
    for day in range(2, 7):
        at(node, f"2031-03-0{day}T12:00:00Z")
        serials.append(rotate_key(node, OFFICER, RotateKeyRequest(use="record", overlap_days=1)).serial)
    assert serials == sorted(set(serials))
    assert verdicts(node, ME, "2031-03-20T12:00:00Z") == ["no-longer-valid"] * 5 + ["good"]


def test_rotations_without_the_clock_moving_take_the_newest_key(node: Node) -> None:
    seen = [signer(node).key_id]
    for _ in range(3):
        rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
        seen.append(signer(node).key_id)
    assert len(set(seen)) == 4


@pytest.mark.parametrize("use", ["log", "encryption"])
def test_another_key_rotates_alone(node: Node, use: str) -> None:
    before = signer(node)
    rotate_key(node, OFFICER, msgspec.convert({"use": use}, RotateKeyRequest))
    assert signer(node).key_id == before.key_id
    assert [key.use for key in shown(node).keys].count(use) == 2


def test_a_root_key_that_is_away_must_be_named(node: Node, tmp_path: Path) -> None:
    away = take_root_away(node, tmp_path / "safe.pem")
    before = shown(away)
    with pytest.raises(NodeError, match="--root"):
        rotate_key(away, OFFICER, RotateKeyRequest(use="record"))
    with pytest.raises(UsageError, match="not this party's root key"):
        rotate_key(away, OFFICER, RotateKeyRequest(use="record", root=str(away.folder / "keys" / "record.pem")))
    for odd in ("", "\0", "nowhere.pem", "x" * 5_000):
        with pytest.raises(UsageError, match="no root key"):
            rotate_key(away, OFFICER, RotateKeyRequest(use="record", root=odd))
    assert shown(away) == before
    after = rotate_key(away, OFFICER, RotateKeyRequest(use="record", root=str(tmp_path / "safe.pem")))
    assert after.serial > before.serial


def test_a_key_left_by_a_rotation_that_was_cut_short_counts_for_nothing_and_is_taken_next(node: Node) -> None:
    first = signer(node)
    left = add_key(node.folder / "keys", "record", node.entropy)
    assert signer(node).key_id == first.key_id
    rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
    assert signer(node).public == left.public
    assert not (node.folder / "keys" / "record-3.pem").exists()


def test_only_an_officer_rotates(node: Node) -> None:
    with pytest.raises(NotPermitted):
        rotate_key(node, msgspec.structs.replace(OFFICER, role="operator"), RotateKeyRequest(use="record"))


def test_more_rotations_than_a_set_has_room_for_leave_out_what_ended_first(node: Node) -> None:
    for hour in range(40):
        at(node, f"2031-03-{2 + hour // 10:02d}T{hour % 10:02d}:00:00Z")
        rotate_key(node, OFFICER, RotateKeyRequest(use="record", overlap_days=0))
    states = verdicts(node, ME, "2031-03-20T12:00:00Z")
    assert (len(states), states.count("good")) == (41, 1)
