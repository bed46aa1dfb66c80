"""Decides what proves that a log has two histories: two signed checkpoints, and hashes by which one excludes the other.

Such a proof needs neither of the two nodes: who has the log's keys can verify it. Of one size, two roots are enough. Of
two sizes, the path leads to the root of the larger one, and to another root of the smaller size than the one signed.
"""

import base64

import msgspec

from comity.errors import RecordRejected
from comity.records import signed_json
from comity.records.log.checkpoint import Checkpoint, open_checkpoint
from comity.records.log.note import NoteKey, decoded, read_key
from comity.records.log.tree import HASH_BYTES, MOST_HASHES, Tree, consistency_roots


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    v: int
    first: str
    first_key: str
    second: str
    second_key: str
    path: tuple[str, ...] = ()


class SignedState(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as it was signed, and by which key."""

    note: bytes
    key: NoteKey


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Two checkpoints of one log, the smaller first, that cannot both be true, and the keys that signed them."""

    first: Checkpoint
    first_key: NoteKey
    second: Checkpoint
    second_key: NoteKey


def whole_path(tree: Tree, first: int, second: int) -> tuple[bytes, ...]:
    """Give the hashes that lead to the roots of both sizes: a proof of consistency that never lacks its first node.

    Where the smaller tree is a whole node of the larger one, RFC 6962 leaves that node out: its verifier holds it.
    """
    path = tree.consistency(first, second)
    return (tree.root(first), *path) if first & (first - 1) == 0 else path


def write_fork(first: SignedState, second: SignedState, path: tuple[bytes, ...] = ()) -> bytes:
    """Write two contradicting checkpoints down; `path` for two sizes, see `whole_path`."""
    return msgspec.json.encode(
        _Written(
            v=1,
            first=first.note.decode(),
            first_key=first.key.text,
            second=second.note.decode(),
            second_key=second.key.text,
            path=tuple(base64.b64encode(one).decode() for one in path),
        )
    )


def check_fork(raw: bytes) -> Fork:
    """Read a proof of two histories, and verify that it is one. The keys are those it states: compare them.

    Raises:
        RecordRejected: what notes are refused for; bad-field; no-contradiction.
    """
    try:
        written = msgspec.convert(signed_json.check(raw), _Written)
    except msgspec.ValidationError as exc:
        raise RecordRejected("bad-field", "$", str(exc)[:200]) from exc
    if written.v != 1 or len(written.path) > MOST_HASHES + 1:
        raise RecordRejected("bad-field", "$.path")
    keys = read_key(written.first_key), read_key(written.second_key)
    first, second = open_checkpoint(written.first.encode(), keys[0]), open_checkpoint(written.second.encode(), keys[1])
    path = tuple(decoded(one, f"$.path[{place}]") for place, one in enumerate(written.path))
    if first.origin != second.origin or not _excludes(first, second, path):
        raise RecordRejected("no-contradiction", "$", "both checkpoints can be true")
    return Fork(first=first, first_key=keys[0], second=second, second_key=keys[1])


def _excludes(first: Checkpoint, second: Checkpoint, path: tuple[bytes, ...]) -> bool:
    if first.size == second.size:
        return first.root != second.root
    if not 0 < first.size < second.size or any(len(one) != HASH_BYTES for one in path):
        return False
    old, new = consistency_roots(first.size, second.size, path)
    return new == second.root and old != first.root
