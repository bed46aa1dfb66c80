"""Decides how an act becomes payload bytes, and what bytes are read back as.

The payload is made once, by the issuer, and kept as those bytes for ever. What a newer peer sends (an unknown kind,
unknown fields) is kept and shown as unread; what breaks the rules of a known kind is refused.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records import dsse, signed_json
from comity.records.approvals import check_approvals
from comity.records.base import Record
from comity.records.dsse import KeyId
from comity.records.kinds import KINDS, Act
from comity.values import Json, PartyName

Readable = TypeVar("Readable", bound=Record)

_ENCODER = msgspec.json.Encoder()
_NESTED = (dict, list)
_PATH = re.compile(r" - at `(\$.*)`$", re.DOTALL)


class _Head(Record, frozen=True, kw_only=True, tag=False):
    """What must be readable of an act of any kind: otherwise nobody could say whose it is."""

    type: Annotated[str, Meta(pattern=r"^x-comity-[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=80)]


class UnreadAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act that this version cannot read in full. `why` is `unknown-kind` or `unknown-field $.path`."""

    kind: str
    rid: str
    issuer: PartyName
    at: str
    exercise: bool
    re: tuple[str, ...]
    payload: bytes
    why: str


class SignedAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act out of verified bytes; its issuer owns one of the keys."""

    act: Act | UnreadAct
    key_ids: tuple[KeyId, ...]
    payload: bytes
    envelope: bytes


def encode(act: Act) -> bytes:
    """Write an act's payload, once; sign and keep these very bytes.

    Raises:
        RecordRejected: the act would be refused when read, with the path of its fault.
    """
    try:
        payload = _ENCODER.encode(act)
    except UnicodeEncodeError as exc:
        raise RecordRejected("lone-surrogate", "$") from exc
    # Constructors do not check formats; reading back does, by the same rules a peer will use.
    if decode(payload) != act:
        raise RecordRejected("bad-field", "$", "does not read back as written")
    return payload


def decode(payload: bytes) -> Act | UnreadAct:
    """Read a payload.

    Raises:
        RecordRejected: not-an-act, bad-field (with path), too-large, bad-approval, or what `signed_json` refuses.
    """
    if len(payload) > dsse.LARGEST_PAYLOAD_BYTES:
        raise RecordRejected("too-large", "$", f"over {dsse.LARGEST_PAYLOAD_BYTES} bytes")
    tree = signed_json.check(payload)
    if not isinstance(tree, dict) or not isinstance(tree.get("type"), str):
        raise RecordRejected("not-an-act", "$.type")
    kind = KINDS.get(str(tree["type"]))
    if kind is None:
        return _unread(tree, payload, "unknown-kind")
    act = _convert(tree, kind)
    # What is written again as it came has no field that was not understood.
    unknown = None if _ENCODER.encode(act) == payload else _first_unknown(tree, msgspec.to_builtins(act))
    if unknown is not None:
        return _unread(tree, payload, f"unknown-field ${unknown}")
    if act.approvals is not msgspec.UNSET:
        check_approvals(payload, act.approvals)
    return act


def digest(payload: bytes) -> str:
    """Give what `re` of an answer names: the SHA-256 of the payload, in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def open_signed(envelope: bytes, keys: Mapping[KeyId, bytes], owners: Mapping[KeyId, PartyName]) -> SignedAct:
    """Read an act out of an envelope: the one way in. Verifies, reads what was verified, and binds issuer to key.

    Args:
        keys: raw Ed25519 public keys by id, of all parties known.
        owners: whose key each id is.

    Raises:
        RecordRejected: what `dsse.verify`, `decode` and `dsse.bind` refuse.
    """
    verified = dsse.verify(envelope, keys)
    act = decode(verified.payload)
    dsse.bind(act.issuer, verified.key_ids, owners)
    return SignedAct(act=act, key_ids=verified.key_ids, payload=verified.payload, envelope=envelope)


def _unread(tree: Json, payload: bytes, why: str) -> UnreadAct:
    head = _convert(tree, _Head)
    return UnreadAct(
        kind=head.type,
        rid=head.rid,
        issuer=head.issuer,
        at=head.at,
        exercise=head.exercise,
        re=head.re,
        payload=payload,
        why=why,
    )


def _convert(tree: Json, kind: type[Readable]) -> Readable:
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as exc:
        raise _rejected(exc) from exc


def _rejected(exc: msgspec.ValidationError) -> RecordRejected:
    """Take the path out of msgspec's sentence, which ends in it."""
    found = _PATH.search(str(exc))
    detail = str(exc)[: found.start()] if found else str(exc)
    return RecordRejected("bad-field", found.group(1) if found else "$", detail[:200])


def _first_unknown(sent: Json, known: object) -> str | None:
    """Find the first key that was sent and that no field took up; gives the way to it from here."""
    if isinstance(sent, dict) and isinstance(known, dict):
        for key, value in sent.items():
            if key not in known:
                return signed_json.step("", key)
            if isinstance(value, _NESTED) and (found := _first_unknown(value, known[key])) is not None:
                return signed_json.step("", key) + found
    elif isinstance(sent, list) and isinstance(known, list | tuple):
        for place, (one, other) in enumerate(zip(sent, known, strict=True)):
            if isinstance(one, _NESTED) and (found := _first_unknown(one, other)) is not None:
                return f"[{place}]{found}"
    return None
