"""Decides what an anchor file holds and which one is believed: lines for people, then one envelope signed by the root.

The lines for people are made from the signed payload and nothing else. A reader makes them again and refuses a file
that differs in one byte, so nobody is shown a name or a fingerprint that was not signed. Whether it is the right root
key, the fingerprint on the phone decides. Line ends may have become CRLF on the way; nothing else may have changed.
"""

import base64
import binascii
import textwrap
from typing import Final, NamedTuple

from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.codec import UnreadAct
from comity.records.fingerprints import fingerprint
from comity.records.kinds import Anchor, KeySet
from comity.values import Instant, instant
from comity.values.scripts import hidden_in, scripts_of, visible

LARGEST_FILE: Final = 96 * 1024
_FIRST: Final = "COMITY ANCHOR 1"
_BEGIN, _END = "-----BEGIN COMITY ANCHOR-----", "-----END COMITY ANCHOR-----"
_WIDE: Final = 64


class ReadAnchor(NamedTuple):
    """An anchor that is sound in itself: both envelopes are signed by the root key that it carries."""

    anchor: Anchor
    key_set: KeySet
    payload: bytes
    envelope: bytes
    key_set_payload: bytes
    key_set_envelope: bytes

    @property
    def root(self) -> bytes:
        """The raw root key."""
        return bytes.fromhex(self.anchor.root_key)


def write_anchor(anchor: Anchor, envelope: bytes) -> str:
    """Write the file of a signed anchor."""
    return "\n".join([*_lines(anchor), "", _BEGIN, *_wrapped(envelope), _END, ""])


def read_anchor(file: bytes) -> ReadAnchor:
    """Read an anchor file, strictly.

    Raises:
        RecordRejected: too-large, not-an-anchor, altered (the lines for people are not those of what was signed),
            wrong-signer or wrong-world; or what `dsse.verify` and `codec.decode` refuse.
    """
    if len(file) > LARGEST_FILE:
        raise RecordRejected("too-large", "$", f"over {LARGEST_FILE} bytes")
    plain = file.replace(b"\r\n", b"\n")
    envelope = _envelope_in(plain)
    read = _open(envelope)
    if write_anchor(read.anchor, envelope).encode() != plain:
        raise RecordRejected("altered", "$", "the lines for people are not those that were signed")
    return read


def warnings_on(anchor: Anchor, now: Instant) -> tuple[str, ...]:
    """Give what a person should look at before accepting: `mixed-scripts …`, `hidden …`, `expired`, `no-endpoint`."""
    found = []
    if len(scripts := scripts_of(anchor.title)) > 1:
        found.append(f"mixed-scripts {', '.join(scripts)}")
    if hidden := hidden_in(anchor.title):
        found.append(f"hidden {', '.join(hidden)}")
    if is_expired(anchor, now):
        found.append("expired")
    if not anchor.endpoints:
        found.append("no-endpoint")
    return tuple(found)


def is_expired(anchor: Anchor, now: Instant) -> bool:
    """Say whether an anchor may no longer be accepted."""
    return now >= instant(anchor.valid_until)


def _lines(anchor: Anchor) -> list[str]:
    digits = fingerprint(bytes.fromhex(anchor.root_key)).split(" ")
    kind = f"{anchor.kind} of {anchor.acts_for}" if anchor.acts_for else anchor.kind
    return [
        _FIRST,
        *(["EXERCISE: nothing here is real."] if anchor.exercise else []),
        f"Party:       {visible(anchor.title)}",
        f"Short name:  {anchor.issuer}",
        f"Kind:        {kind}",
        f"Fingerprint: {' '.join(digits[:6])}",
        f"             {' '.join(digits[6:])}",
        *(f"Reached at:  {one}" for one in anchor.endpoints),
        f"Made:        {anchor.at}",
        f"Valid until: {anchor.valid_until}",
    ]


def _wrapped(envelope: bytes) -> list[str]:
    return textwrap.wrap(base64.b64encode(envelope).decode(), _WIDE)


def _envelope_in(file: bytes) -> bytes:
    _, begun, rest = file.partition(f"\n{_BEGIN}\n".encode())
    coded, ended, after = rest.partition(f"\n{_END}\n".encode())
    if not begun or not ended or after or not file.startswith(_FIRST.encode()):
        raise RecordRejected("not-an-anchor", "$")
    try:
        return base64.b64decode(coded.replace(b"\n", b""), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RecordRejected("bad-base64", "$") from exc


def _open(envelope: bytes) -> ReadAnchor:
    payload = dsse.unverified_payload(envelope)
    anchor = codec.decode(payload)
    if not isinstance(anchor, Anchor):
        raise RecordRejected("not-an-anchor", "$", _why(anchor))
    root = bytes.fromhex(anchor.root_key)
    _signed_by(envelope, root)
    inner = anchor.key_set.encode()
    key_set_payload = dsse.unverified_payload(inner)
    key_set = codec.decode(key_set_payload)
    if not isinstance(key_set, KeySet):
        raise RecordRejected("not-an-anchor", "$.key_set", _why(key_set))
    _signed_by(inner, root)
    if (key_set.issuer, key_set.root_key) != (anchor.issuer, anchor.root_key):
        raise RecordRejected("wrong-signer", "$.key_set", "the key set is another party's")
    if key_set.exercise != anchor.exercise:
        raise RecordRejected("wrong-world", "$.key_set", "live and exercise never mix")
    return ReadAnchor(anchor, key_set, payload, envelope, key_set_payload, inner)


def _signed_by(envelope: bytes, root: bytes) -> None:
    verified = dsse.verify(envelope, {dsse.key_id(root): root})
    if len(verified.key_ids) != 1:
        raise RecordRejected("wrong-signer", "$.signatures")


def _why(act: object) -> str:
    return act.why if isinstance(act, UnreadAct) else "another kind of act"
