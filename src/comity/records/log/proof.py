"""Decides what a proof file is: an entry's place, the hashes that lead to a root, and the checkpoint that states it.

Source: C2SP tlog-proof, `c2sp.org/tlog-proof@v1`. `extra` is authenticated by nobody: see `evidence`, which says what
ours holds and how each part of it is checked.
"""

import base64
from typing import NamedTuple

from comity.errors import RecordRejected
from comity.records.log.checkpoint import Checkpoint, decimal, open_checkpoint
from comity.records.log.note import NoteKey, decoded, read_note
from comity.records.log.tree import HASH_BYTES, MOST_HASHES, leaf_hash, verify_inclusion

HEAD = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF_BYTES = 32 * 1024 * 1024


class LogProof(NamedTuple):
    """A proof as read; nothing of it is believed until `check_proof`."""

    place: int
    path: tuple[bytes, ...]
    checkpoint: bytes  # the note, verbatim
    extra: bytes | None = None


def write_proof(proof: LogProof) -> bytes:
    """Write a proof file."""
    lines = [HEAD]
    if proof.extra is not None:
        lines.append(f"extra {base64.b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.place}")
    lines.extend(base64.b64encode(one).decode() for one in proof.path)
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def read_proof(raw: bytes) -> LogProof:
    """Take a proof file apart.

    Raises:
        RecordRejected: too-large, not-utf8, bad-proof, bad-number, bad-base64, or what a note is refused for.
    """
    if len(raw) > LARGEST_PROOF_BYTES:
        raise RecordRejected("too-large", "$", f"over {LARGEST_PROOF_BYTES} bytes")
    head, blank, checkpoint = raw.partition(b"\n\n")
    if not blank:
        raise RecordRejected("bad-proof", "$", "no blank line before the checkpoint")
    try:
        lines = head.decode("utf-8", "strict").split("\n")
    except UnicodeDecodeError as exc:
        raise RecordRejected("not-utf8", "$", f"byte {exc.start}") from exc
    if lines.pop(0) != HEAD:
        raise RecordRejected("bad-proof", "$", f"does not begin with {HEAD}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decoded(lines.pop(0).removeprefix("extra "), "$.extra")
    if not lines or not lines[0].startswith("index "):
        raise RecordRejected("bad-proof", "$.index", "missing")
    index = decimal(lines.pop(0).removeprefix("index "), "$.index")
    if len(lines) > MOST_HASHES:
        raise RecordRejected("bad-proof", "$.path", f"more than {MOST_HASHES} hashes")
    path = tuple(decoded(line, f"$.path[{place}]") for place, line in enumerate(lines))
    for place, one in enumerate(path):
        if len(one) != HASH_BYTES:
            raise RecordRejected("bad-proof", f"$.path[{place}]", f"{len(one)} bytes")
    read_note(checkpoint)
    return LogProof(index, path, checkpoint, extra)


def check_proof(proof: LogProof, entry: bytes, key: NoteKey) -> Checkpoint:
    """Give the checkpoint under which an entry is proven to stand in the log of this key.

    Raises:
        RecordRejected: what checkpoints are refused for, and bad-inclusion.
    """
    checkpoint = open_checkpoint(proof.checkpoint, key)
    verify_inclusion(leaf_hash(entry), proof.place, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint
