"""Decides what a proof file says of a record, in its `extra` line: the covered columns, the salt, the log's key.

None of it is taken on trust. Columns and salt must give the entry that the log proves; content must have the stated
digest and be the object that the columns name. The key is only stated: who verifies compares it with the one that the
log's party has given, or names that one.
"""

import base64
import hashlib
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records import signed_json
from comity.records.base import Sha256
from comity.records.log.checkpoint import Checkpoint
from comity.records.log.entry import Covered, entry_of
from comity.records.log.note import NoteKey, decoded, names_key, read_key, read_note
from comity.records.log.proof import LogProof, check_proof, read_proof, write_proof
from comity.records.log.tree import Tree

Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]


class ProvenRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The covered columns as a proof file states them."""

    family: Literal["item", "act"]
    source: str
    id: str
    type: str
    version: str
    version_us: int
    spec: Literal[20, 21]
    sha256: Sha256
    kept_ms: int

    @property
    def covered(self) -> Covered:
        """The columns as the log commits to them."""
        return Covered(
            self.family, self.source, self.id, self.type, self.version, self.version_us, self.spec,
            bytes.fromhex(self.sha256), self.kept_ms,
        )  # fmt: skip


class _Extra(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    v: Literal[1]
    log: str
    salt: Salt
    record: ProvenRecord
    content: str | None = None


class Evidence(NamedTuple):
    """What a proof file has been found to prove."""

    record: ProvenRecord
    checkpoint: Checkpoint
    place: int
    key: NoteKey
    content: bytes | None


def proven(covered: Covered) -> ProvenRecord:
    """State covered columns for a proof file."""
    return ProvenRecord(
        family="act" if covered.family == "act" else "item",
        source=covered.source,
        id=covered.stix_id,
        type=covered.type,
        version=covered.version,
        version_us=covered.version_us,
        spec=20 if covered.spec == 20 else 21,
        sha256=covered.sha256.hex(),
        kept_ms=covered.kept_ms,
    )


class Subject(NamedTuple):
    """What a proof is to be written of: a record and its place in the log; `content` is put in if given."""

    covered: Covered
    salt: bytes
    place: int
    content: bytes | None = None


def write_evidence(subject: Subject, tree: Tree, size: int, checkpoint: bytes, key: NoteKey) -> bytes:
    """Write a proof file of a record under a checkpoint of `size` entries.

    Raises:
        RecordRejected: the file would be refused when read.
    """
    extra = _Extra(
        v=1,
        log=key.text,
        salt=subject.salt.hex(),
        record=proven(subject.covered),
        content=None if subject.content is None else base64.b64encode(subject.content).decode(),
    )
    path = tree.inclusion(subject.place, size)
    raw = write_proof(LogProof(subject.place, path, checkpoint, msgspec.json.encode(extra)))
    check_evidence(raw, key=key)
    return raw


def check_evidence(raw: bytes, *, key: NoteKey | None = None, content: bytes | None = None) -> Evidence:
    """Find out what a proof file proves.

    Args:
        key: the log's key, if the verifier has it from elsewhere; else the one that the file states is used. While two
            keys of the log count, both sign: the verifier may have either.
        content: bytes that should be the record's, beside what the file itself may hold.

    Raises:
        RecordRejected: what proofs are refused for; bad-field; wrong-key; wrong-content.
    """
    proof = read_proof(raw)
    extra = _read_extra(proof.extra)
    stated = read_key(extra.log)
    if key is not None and (key.name != stated.name or not names_key(read_note(proof.checkpoint), key)):
        raise RecordRejected("wrong-key", "$.extra.log", "the proof is of another log or key")
    by = stated if key is None else key
    checkpoint = check_proof(proof, entry_of(bytes.fromhex(extra.salt), extra.record.covered), by)
    held = None if extra.content is None else decoded(extra.content, "$.extra.content")
    for one in (held, content):
        if one is not None and hashlib.sha256(one).hexdigest() != extra.record.sha256:
            raise RecordRejected("wrong-content", "$.extra.record.sha256", "the content is not what was logged")
    return Evidence(extra.record, checkpoint, proof.place, by, content if held is None else held)


def _read_extra(raw: bytes | None) -> _Extra:
    if raw is None:
        raise RecordRejected("bad-field", "$.extra", "a proof of a record says of which")
    tree = signed_json.check(raw)
    try:
        return msgspec.convert(tree, _Extra)
    except msgspec.ValidationError as exc:
        raise RecordRejected("bad-field", "$.extra", str(exc)[:200]) from exc
