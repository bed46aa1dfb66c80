"""Tests that the log is signed by the keys in force, and judged by those of the time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.export_proof import ExportProofRequest, export_proof
from comity.desk.log_keys import (
    counting,
    is_signed_by,
    key_of,
    log_key,
    log_keys_of,
    log_signers,
    opened_by,
    own_log_keys,
)
from comity.desk.make_checkpoint import EVERY_MS, checkpoint_due, make_checkpoint
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.sequence import settle
from comity.desk.show_log import ShowLogRequest, show_log
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.errors import NodeError, RecordRejected
from comity.records.dsse import key_id
from comity.records.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from comity.records.log.evidence import check_evidence
from comity.records.log.note import NoteKey, read_key, read_note
from comity.stores.log import SignedCheckpoint, last_checkpoint
from comity.values import Instant
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object, freedonia

ORIGIN = "freedonia-csirt/comity/1"
DAY_S = 86_400


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    """A node with an item, its log signed by the first key."""
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        make_checkpoint(hub.node)
        yield hub


def rotate(hub: Freedonia, use: str = "log") -> None:
    rotate_key(hub.node, OFFICER, RotateKeyRequest(use=use))  # type: ignore[arg-type]
    settle(hub.node)


def signed(hub: Freedonia) -> SignedCheckpoint:
    made = make_checkpoint(hub.node)
    assert made is not None
    return made


def live(hub: Freedonia) -> tuple[NoteKey, ...]:
    with hub.node.store.read() as tx:
        return counting(own_log_keys(hub.node, tx), ORIGIN, hub.node.clock())


def exported(hub: Freedonia, path: Path) -> tuple[bytes, str]:
    answer = export_proof(hub.node, OFFICER, ExportProofRequest(id=an_id("malware", 1), path=str(path)))
    return path.read_bytes(), answer.key


def is_sound(hub: Freedonia) -> bool:
    return verify_log(hub.node, OFFICER, VerifyLogRequest()).sound


def test_while_two_keys_count_both_sign_and_the_new_one_is_shown(hub: Freedonia) -> None:
    first = log_key(hub.node, ORIGIN)
    rotate(hub)
    new = log_key(hub.node, ORIGIN)
    assert new != first
    assert set(live(hub)) == {new, first}
    made = signed(hub)
    assert [one.key_id for one in read_note(made.note).signatures] == [new.id, first.id]
    assert open_checkpoint(made.note, first) == open_checkpoint(made.note, new)
    assert show_log(hub.node, OFFICER, ShowLogRequest()).key == new.text


def test_a_rotation_alone_makes_a_checkpoint_due(hub: Freedonia) -> None:
    rotate(hub)
    hub.later(EVERY_MS // 1000 + 1)
    assert checkpoint_due(hub.node)


def test_after_the_overlap_the_new_key_signs_alone_and_all_that_was_signed_stays_good(hub: Freedonia) -> None:
    first = log_key(hub.node, ORIGIN)
    rotate(hub)
    signed(hub)
    hub.later(8 * DAY_S)
    hub.put(an_object("malware", 2))
    made = signed(hub)
    assert [one.key_id for one in read_note(made.note).signatures] == [log_key(hub.node, ORIGIN).id]
    with pytest.raises(RecordRejected, match="no-known-signer"):
        open_checkpoint(made.note, first)
    assert is_sound(hub)


def test_a_rotation_of_another_key_leaves_the_log_s_alone(hub: Freedonia) -> None:
    before = log_key(hub.node, ORIGIN)
    rotate(hub, "record")
    assert log_key(hub.node, ORIGIN) == before


def test_what_is_signed_by_the_key_before_is_signed_anew_at_the_same_size(hub: Freedonia) -> None:
    with hub.node.store.read() as tx:
        (old,) = log_signers(hub.node, tx, hub.node.clock())
    rotate(hub)
    both = signed(hub)
    with hub.node.store.write() as tx:  # as a node without this rule left it
        alone = sign_checkpoint(Checkpoint(both.origin, both.size, both.root), old)
        tx.exec_driver_sql("update checkpoints set note = ? where size = ?", (alone, both.size))
    again = signed(hub)
    assert (again.size, again.root) == (both.size, both.root)
    assert is_signed_by(again.note, live(hub))


def test_a_suspect_key_signs_no_more_and_its_replacement_does(hub: Freedonia) -> None:
    first = log_key(hub.node, ORIGIN)
    hub.later(60)
    revoke_key(hub.node, OFFICER, RevokeKeyRequest(key=key_id(first.public), suspect_from="2031-03-01T12:00:59Z"))
    settle(hub.node)
    made = signed(hub)
    assert len(read_note(made.note).signatures) == 1
    assert opened_by(made.note, live(hub))[1] != first
    assert is_sound(hub)  # what was signed before the time from which it is suspect stays good


def test_a_checkpoint_signed_while_its_key_was_suspect_is_named(hub: Freedonia) -> None:
    first = log_key(hub.node, ORIGIN)
    since = "2031-03-01T11:59:00Z"
    revoke_key(hub.node, OFFICER, RevokeKeyRequest(key=key_id(first.public), suspect_from=since))
    settle(hub.node)
    signed(hub)
    told = verify_log(hub.node, OFFICER, VerifyLogRequest())
    assert [(one.table, one.column) for one in told.differences] == [("checkpoints", "note")]


def test_proofs_hold_by_either_key_that_signed_and_by_no_other(hub: Freedonia, tmp_path: Path) -> None:
    first = log_key(hub.node, ORIGIN)
    old, _ = exported(hub, tmp_path / "old")
    rotate(hub)
    new = log_key(hub.node, ORIGIN)
    signed(hub)
    both, named = exported(hub, tmp_path / "both")
    assert read_key(named) == new
    assert {check_evidence(both, key=key).key for key in (first, new)} == {first, new}
    assert check_evidence(old, key=first).key == first
    with pytest.raises(RecordRejected, match="wrong-key"):
        check_evidence(old, key=new)
    with pytest.raises(RecordRejected, match="wrong-key"):
        check_evidence(both, key=NoteKey("ruritania-csirt/comity/1", new.public))


def test_a_proof_under_an_older_checkpoint_names_the_key_of_then(hub: Freedonia, tmp_path: Path) -> None:
    first = log_key(hub.node, ORIGIN)
    hub.later(1)
    rotate_key(hub.node, OFFICER, RotateKeyRequest(use="log", overlap_days=0))
    raw, named = exported(hub, tmp_path / "proof")  # the checkpoint from before states the item: it serves
    assert read_key(named) == first
    assert check_evidence(raw, key=first).key == first


def test_without_a_key_that_counts_nothing_is_due_and_the_command_says_what_to_do(hub: Freedonia) -> None:
    hub.put(an_object("malware", 2))
    hub.later(EVERY_MS // 1000 + 1)
    assert checkpoint_due(hub.node)
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("update party_keys set valid_until_ms = 1 where use = 'log'")
    assert not checkpoint_due(hub.node)
    with pytest.raises(NodeError, match="key rotate --use log"):
        make_checkpoint(hub.node)


def test_a_node_without_key_sets_signs_and_judges_by_its_first_key(hub: Freedonia) -> None:
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("delete from party_keys")
    with hub.node.store.read() as tx:
        assert [one.public for one in own_log_keys(hub.node, tx)] == [hub.node.keys.log.public]
        assert log_keys_of(tx, 1) == ()
        last = last_checkpoint(tx, ORIGIN)
        assert last is not None
    key = key_of(hub.node, last)
    assert key is not None
    assert key.public == hub.node.keys.log.public
    assert key_of(hub.node, last._replace(note=_by_another(last))) is None


def _by_another(last: SignedCheckpoint) -> bytes:
    head, _, _ = last.note.decode().rpartition("\n\n")
    return f"{head}\n\n— someone-else {'A' * 92}\n".encode()


def test_keys_count_for_their_time(hub: Freedonia) -> None:
    with hub.node.store.read() as tx:
        keys = own_log_keys(hub.node, tx)
    assert counting(keys, ORIGIN, Instant(0)) == ()
    assert len(counting(keys, ORIGIN, hub.node.clock())) == 1


def test_a_proof_goes_under_a_new_checkpoint_once_the_last_one_s_key_is_suspect(hub: Freedonia, tmp_path: Path) -> None:
    first = log_key(hub.node, ORIGIN)
    revoke_key(hub.node, OFFICER, RevokeKeyRequest(key=key_id(first.public), suspect_from="2031-03-01T11:59:00Z"))
    raw, named = exported(hub, tmp_path / "proof")
    assert read_key(named) == log_key(hub.node, ORIGIN) != first
    assert check_evidence(raw, key=read_key(named)).key == read_key(named)
