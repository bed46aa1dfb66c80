"""Decides whether an envelope is signed, and by which keys: DSSE v1 with Ed25519 over the exact payload bytes.

Source: DSSE protocol and envelope 1.0 (secure-systems-lab/dsse); RFC 8032 for Ed25519. This is a profile of DSSE,
narrower so that no byte of an envelope can change unnoticed: base64 in the standard alphabet with canonical padding
only (DSSE has verifiers take the URL-safe one too), `keyid` required, no other fields, each key once, and a bad
signature of a known key refuses the whole envelope.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import NewType

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import RecordRejected
from comity.records import signed_json
from comity.values import Json, JsonObject, PartyName

PAYLOAD_TYPE = "application/vnd.comity.record+json;v=1"
LARGEST_PAYLOAD_BYTES = 1 << 20
LARGEST_ENVELOPE_BYTES = 2 << 20
MOST_SIGNATURES = 16

KeyId = NewType("KeyId", str)


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A key that can sign: `sign` may reach into a file, a smart card or a remote signer."""

    key_id: KeyId
    public: bytes  # raw Ed25519, 32 bytes
    sign: Callable[[bytes], bytes]


class VerifiedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The payload that was signed, and the known keys that signed it, in the order of the envelope."""

    payload: bytes
    key_ids: tuple[KeyId, ...]


def key_id(public: bytes) -> KeyId:
    """Give the id of a raw public key: the first 32 hexadecimal digits of its SHA-256."""
    return KeyId(hashlib.sha256(public).hexdigest()[:32])


def signer_of(private: Ed25519PrivateKey) -> Signer:
    """Make a signer of a key held in memory."""
    public = private.public_key().public_bytes_raw()
    return Signer(key_id=key_id(public), public=public, sign=private.sign)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Give the bytes that are signed: DSSE protocol, "Pre-Authentication Encoding". Lengths count bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, *signers: Signer, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Write the envelope of a payload. Keep these very bytes.

    Raises:
        RecordRejected: too-large, or no signer.
    """
    if not signers:
        raise RecordRejected("no-known-signer", "$.signatures")
    if len(payload) > LARGEST_PAYLOAD_BYTES:
        raise RecordRejected("too-large", "$.payload", f"over {LARGEST_PAYLOAD_BYTES} bytes")
    message = pae(payload_type, payload)
    signatures = [{"keyid": key.key_id, "sig": base64.b64encode(key.sign(message)).decode()} for key in signers]
    return msgspec.json.encode(
        {"payload": base64.b64encode(payload).decode(), "payloadType": payload_type, "signatures": signatures}
    )


def verify(envelope: bytes, keys: Mapping[KeyId, bytes], *, payload_type: str = PAYLOAD_TYPE) -> VerifiedPayload:
    """Give back the payload if a known key signed it; signatures of unknown keys are passed over.

    Whose key it is remains to be asked: see `bind`.

    Args:
        keys: raw Ed25519 public keys by their id.

    Raises:
        RecordRejected: bad-envelope, bad-base64, wrong-payload-type, too-large, bad-signature, repeated-signature or
            no-known-signer, or what `signed_json` refuses.
    """
    fields = _read(envelope)
    if fields["payloadType"] != payload_type:
        raise RecordRejected("wrong-payload-type", "$.payloadType")
    payload = _base64(fields["payload"], "$.payload")
    if len(payload) > LARGEST_PAYLOAD_BYTES:
        raise RecordRejected("too-large", "$.payload", f"over {LARGEST_PAYLOAD_BYTES} bytes")
    message = pae(payload_type, payload)
    signed_by: list[KeyId] = []
    for path, name, signature in _signatures(fields["signatures"]):
        if (public := keys.get(name)) is not None:
            _verify_one(public, signature, message, path)
            signed_by.append(name)
    if not signed_by:
        raise RecordRejected("no-known-signer", "$.signatures")
    return VerifiedPayload(payload=payload, key_ids=tuple(signed_by))


def unverified_payload(envelope: bytes) -> bytes:
    """Give the payload of an envelope that was verified when it was taken in. Believe nothing of another's.

    Raises:
        RecordRejected: bad-envelope, bad-base64, or what `signed_json` refuses.
    """
    return _base64(_read(envelope)["payload"], "$.payload")


def signers_named(envelope: bytes) -> tuple[KeyId, ...]:
    """Give the ids of the keys that an envelope names as its signers; that they signed it is not checked.

    Raises:
        RecordRejected: bad-envelope, or what `signed_json` refuses.
    """
    return tuple(name for _, name, _ in _signatures(_read(envelope)["signatures"]))


def bind(issuer: PartyName, key_ids: Iterable[KeyId], owners: Mapping[KeyId, PartyName]) -> None:
    """Refuse a payload whose issuer owns none of the keys that signed it.

    Without this any known party could speak as any other.

    Raises:
        RecordRejected: wrong-signer.
    """
    if not any(owners.get(name) == issuer for name in key_ids):
        raise RecordRejected("wrong-signer", "$.issuer", "the signing key belongs to another party")


def _read(envelope: bytes) -> JsonObject:
    if len(envelope) > LARGEST_ENVELOPE_BYTES:
        raise RecordRejected("too-large", "$", f"over {LARGEST_ENVELOPE_BYTES} bytes")
    return _fields(signed_json.check(envelope, depth=3), {"payload", "payloadType", "signatures"}, "$")


def _signatures(node: Json) -> list[tuple[str, KeyId, bytes]]:
    if not isinstance(node, list) or not 1 <= len(node) <= MOST_SIGNATURES:
        raise RecordRejected("bad-envelope", "$.signatures", f"a list of 1 to {MOST_SIGNATURES}")
    found: list[tuple[str, KeyId, bytes]] = []
    for place, entry in enumerate(node):
        path = f"$.signatures[{place}]"
        fields = _fields(entry, {"keyid", "sig"}, path)
        name = fields["keyid"]
        if not isinstance(name, str):
            raise RecordRejected("bad-envelope", f"{path}.keyid", "a text")
        if any(name == earlier for _, earlier, _ in found):
            raise RecordRejected("repeated-signature", f"{path}.keyid")
        found.append((path, KeyId(name), _base64(fields["sig"], f"{path}.sig")))
    return found


def _fields(node: Json, names: set[str], path: str) -> JsonObject:
    if not isinstance(node, dict) or node.keys() != names:
        raise RecordRejected("bad-envelope", path, "exactly the fields " + ", ".join(sorted(names)))
    return node


def _base64(node: Json, path: str) -> bytes:
    if not isinstance(node, str):
        raise RecordRejected("bad-base64", path)
    try:
        decoded = base64.b64decode(node, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RecordRejected("bad-base64", path) from exc
    # Several texts decode to the same bytes (spare bits, padding); one of them is right.
    if base64.b64encode(decoded).decode() != node:
        raise RecordRejected("bad-base64", path, "not canonical")
    return decoded


def _verify_one(public: bytes, signature: bytes, message: bytes, path: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as exc:
        raise RecordRejected("bad-signature", f"{path}.sig") from exc
