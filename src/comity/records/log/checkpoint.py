"""Decides what a checkpoint says: which log it is of, how many entries it has, and their root; signed as a note.

Source: C2SP tlog-checkpoint. Extension lines are kept where others write them; we write none.
"""

import base64
import re
from typing import NamedTuple

from comity.errors import RecordRejected
from comity.records.dsse import Signer
from comity.records.log.note import NoteKey, decoded, is_key_name, read_note, sign_note, verify_note
from comity.records.log.tiles import LARGEST_SIZE
from comity.records.log.tree import HASH_BYTES

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Checkpoint(NamedTuple):
    """The state of a log: its name, the number of its entries, and their root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def write_checkpoint(checkpoint: Checkpoint) -> str:
    """Write the text of a note."""
    lines = (
        checkpoint.origin,
        str(checkpoint.size),
        base64.b64encode(checkpoint.root).decode(),
        *checkpoint.extensions,
    )
    return "".join(f"{line}\n" for line in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note.

    Raises:
        RecordRejected: bad-checkpoint or bad-base64, with the path.
    """
    if not text.endswith("\n"):
        raise RecordRejected("bad-checkpoint", "$", "the last line does not end")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise RecordRejected("bad-checkpoint", "$", "fewer than three lines, or an empty one")
    size = decimal(lines[1], "$.size")
    root = decoded(lines[2], "$.root")
    if len(root) != HASH_BYTES:
        raise RecordRejected("bad-checkpoint", "$.root", f"{len(root)} bytes")
    return Checkpoint(lines[0], size, root, tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """Sign the state of our own log in its own name, by each key given. Before this the lock store must have taken it.

    Raises:
        RecordRejected: the origin cannot be a key's name.
    """
    if not is_key_name(checkpoint.origin):
        raise RecordRejected("bad-checkpoint", "$.origin", "cannot be the name of a key")
    text = write_checkpoint(checkpoint)
    if read_checkpoint(text) != checkpoint:
        raise RecordRejected("bad-checkpoint", "$", "does not read back as written")
    return sign_note(text, checkpoint.origin, *signers)


def open_checkpoint(raw: bytes, key: NoteKey) -> Checkpoint:
    """Read a checkpoint that this log's key has signed; other signatures are passed over.

    Raises:
        RecordRejected: what notes and checkpoints are refused for, and wrong-origin for another log's.
    """
    note = read_note(raw)
    verify_note(note, (key,))
    checkpoint = read_checkpoint(note.text)
    if checkpoint.origin != key.name:
        raise RecordRejected("wrong-origin", "$.origin", "signed by the key of another log")
    return checkpoint


def decimal(text: str, path: str) -> int:
    """Read a whole number without leading zeros.

    Raises:
        RecordRejected: bad-number.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST_SIZE:
        raise RecordRejected("bad-number", path, text[:40])
    return int(text)
