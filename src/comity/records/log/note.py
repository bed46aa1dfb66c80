"""Decides what a signed note is, and which of its signatures count: text, a blank line, signature lines.

Source: C2SP signed-note; Ed25519 (type 0x01) is verified, signatures of other keys and types are passed over. Stricter
than it: base64 must be canonical and no key may sign twice, so that no byte of a note can change unnoticed.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import RecordRejected
from comity.records.dsse import Signer

LARGEST_NOTE_BYTES = 64 * 1024
MOST_SIGNATURES = 16
_ED25519 = b"\x01"
_HASH_BYTES = 4
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteKey(NamedTuple):
    """A key that may sign notes: its name and raw Ed25519 public key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_HASH_BYTES]

    @property
    def text(self) -> str:
        """The key as one word, as other tools take it: `name+id+base64`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


class NoteSignature(NamedTuple):
    """One signature line as read, of whatever type."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A note as read: nothing of it is believed until `verify_note`."""

    text: str
    signatures: tuple[NoteSignature, ...]


def read_key(word: str) -> NoteKey:
    """Read a key written as one word.

    Raises:
        RecordRejected: bad-key.
    """
    parts = word.split("+", 2)
    if len(parts) != 3 or len(word) > 1024:
        raise RecordRejected("bad-key", "$", "not name+id+key")
    raw = decoded(parts[2], "$")
    if raw[:1] != _ED25519 or len(raw) != 33 or not is_key_name(parts[0]):
        raise RecordRejected("bad-key", "$", "not an Ed25519 key with a name")
    key = NoteKey(parts[0], raw[1:])
    if key.text != word:
        raise RecordRejected("bad-key", "$", "name, id and key do not belong together")
    return key


def sign_note(text: str, name: str, *signers: Signer) -> bytes:
    """Sign a text in a name, by each of these keys; gives the note. Keep these very bytes.

    Raises:
        RecordRejected: the note would be refused when read.
    """
    keys = [NoteKey(name, one.public) for one in signers]
    signatures = [
        base64.b64encode(key.id + one.sign(text.encode())).decode() for key, one in zip(keys, signers, strict=True)
    ]
    raw = "".join([f"{text}\n", *(f"{_DASH}{name} {line}\n" for line in signatures)]).encode()
    verify_note(read_note(raw), keys)
    return raw


def read_note(raw: bytes) -> Note:
    """Take a note apart.

    Raises:
        RecordRejected: too-large, not-utf8, bad-note, bad-base64 or repeated-signature, with the path.
    """
    if len(raw) > LARGEST_NOTE_BYTES:
        raise RecordRejected("too-large", "$", f"over {LARGEST_NOTE_BYTES} bytes")
    try:
        whole = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as exc:
        raise RecordRejected("not-utf8", "$", f"byte {exc.start}") from exc
    if _CONTROL.search(whole):
        raise RecordRejected("bad-note", "$", "a control character")
    # The text may hold empty lines: the last one parts it from the signatures.
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise RecordRejected("bad-note", "$", "no text, blank line and signatures")
    return Note(text + "\n", _signatures(lines[:-1].split("\n")))


def verify_note(note: Note, keys: Sequence[NoteKey]) -> tuple[NoteKey, ...]:
    """Give the known keys that signed a note, in its order; unknown keys are passed over.

    Raises:
        RecordRejected: bad-signature (of a known key), or no-known-signer.
    """
    known = {(key.name, key.id): key for key in keys}
    signed_by: list[NoteKey] = []
    for place, one in enumerate(note.signatures):
        key = known.get((one.name, one.key_id))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(one.signature, note.text.encode())
        except (InvalidSignature, ValueError) as exc:
            raise RecordRejected("bad-signature", f"$.signatures[{place}]") from exc
        signed_by.append(key)
    if not signed_by:
        raise RecordRejected("no-known-signer", "$.signatures")
    return tuple(signed_by)


def names_key(note: Note, key: NoteKey) -> bool:
    """Whether a note says that a key signed it; nothing is verified."""
    return any((one.name, one.key_id) == (key.name, key.id) for one in note.signatures)


def is_key_name(name: str) -> bool:
    """Whether a key may bear this name: not empty, every sign can be seen, no plus."""
    return bool(name) and name.isprintable() and " " not in name and "+" not in name


def decoded(text: str, path: str) -> bytes:
    """Read base64 that is written as it is always written.

    Raises:
        RecordRejected: bad-base64.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RecordRejected("bad-base64", path) from exc
    if base64.b64encode(found).decode() != text:
        raise RecordRejected("bad-base64", path, "not canonical")
    return found


def _signatures(lines: list[str]) -> tuple[NoteSignature, ...]:
    if len(lines) > MOST_SIGNATURES:
        raise RecordRejected("bad-note", "$.signatures", f"more than {MOST_SIGNATURES}")
    found: list[NoteSignature] = []
    for place, line in enumerate(lines):
        path = f"$.signatures[{place}]"
        parts = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(parts) != 2 or not is_key_name(parts[0]):
            raise RecordRejected("bad-note", path, "not a dash, a name and a signature")
        raw = decoded(parts[1], path)
        if len(raw) <= _HASH_BYTES:
            raise RecordRejected("bad-note", path, "no signature after the key's id")
        one = NoteSignature(parts[0], raw[:_HASH_BYTES], raw[_HASH_BYTES:])
        if any((one.name, one.key_id) == (earlier.name, earlier.key_id) for earlier in found):
            raise RecordRejected("repeated-signature", path)
        found.append(one)
    return tuple(found)
