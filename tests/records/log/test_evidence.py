"""Tests that a proof file of a record proves what it states, and nothing that was altered."""

import base64

import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records.log.evidence import Subject, check_evidence, proven, write_evidence
from comity.records.log.note import NoteKey
from comity.records.log.proof import read_proof, write_proof
from tests.support.logs import CONTENT, KEY, ORIGIN, SALT, Tiles, a_covered, a_proof_file, entries


def altered(raw: bytes, **fields: object) -> bytes:
    """Alter what `extra` says; a name with a dot is a field of the record."""
    proof = read_proof(raw)
    extra = msgspec.json.decode(proof.extra or b"")
    for name, value in fields.items():
        holder = extra["record"] if name in extra["record"] else extra
        holder[name] = value
    return write_proof(proof._replace(extra=msgspec.json.encode(extra)))


def test_a_proof_says_record_place_and_checkpoint() -> None:
    found = check_evidence(a_proof_file())
    assert found.record.covered == a_covered()
    assert (found.place, found.checkpoint.size, found.checkpoint.origin) == (11, 37, ORIGIN)
    assert (found.key, found.content) == (KEY, CONTENT)


def test_content_may_be_left_out_and_brought_by_who_verifies() -> None:
    raw = a_proof_file(content=None)
    assert b"indicator" not in (read_proof(raw).extra or b"").replace(b"indicator--1", b"").replace(b'"indicator"', b"")
    assert check_evidence(raw).content is None
    assert check_evidence(raw, content=CONTENT).content == CONTENT
    with pytest.raises(RecordRejected, match="wrong-content"):
        check_evidence(raw, content=CONTENT + b" ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("family", "act"),
        ("source", "ruritania-csirt"),
        ("id", "indicator--2"),
        ("type", "malware"),
        ("version", "2031-03-01T12:00:00.001Z"),
        ("version_us", 1),
        ("spec", 20),
        ("sha256", "0" * 64),
        ("kept_ms", 1),
        ("salt", "00" * 16),
    ],
)
def test_no_column_can_be_altered(name: str, value: object) -> None:
    with pytest.raises(RecordRejected, match="bad-inclusion"):
        check_evidence(altered(a_proof_file(content=None), **{name: value}))


def test_content_of_another_record_is_refused() -> None:
    with pytest.raises(RecordRejected, match="wrong-content"):
        check_evidence(altered(a_proof_file(), content=base64.b64encode(b"{}").decode()))


def test_the_key_that_the_verifier_has_decides() -> None:
    raw = a_proof_file()
    assert check_evidence(raw, key=KEY).key == KEY
    with pytest.raises(RecordRejected, match="wrong-key"):
        check_evidence(raw, key=NoteKey(ORIGIN, b"k" * 32))


@pytest.mark.parametrize(
    "fields",
    [{"v": 2}, {"more": 1}, {"salt": "00"}, {"salt": "00" * 16 + "\n"}, {"log": "x"}, {"spec": 22}, {"sha256": "0"}],
    ids=str,
)
def test_what_the_form_does_not_have_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(RecordRejected):
        check_evidence(altered(a_proof_file(), **fields))


def test_a_key_that_stands_twice_is_refused() -> None:
    proof = read_proof(a_proof_file())
    extra = (proof.extra or b"").replace(b'{"v":1,', b'{"v":1,"v":1,')
    with pytest.raises(RecordRejected, match="repeated-key"):
        check_evidence(write_proof(proof._replace(extra=extra)))
    with pytest.raises(RecordRejected, match=r"\$.extra"):
        check_evidence(write_proof(proof._replace(extra=None)))


def test_a_proof_that_would_not_hold_is_not_written() -> None:
    tiles = Tiles(entries(37))
    with pytest.raises(RecordRejected):
        write_evidence(Subject(a_covered(), SALT, 12), tiles.tree, 37, read_proof(a_proof_file()).checkpoint, KEY)


def test_columns_are_stated_as_they_are_covered() -> None:
    for covered in (a_covered(), a_covered()._replace(family="act", spec=20)):
        assert proven(covered).covered == covered
