"""Decides what an approval of an act is, how it stands in the act, and whether it is of that very act.

What a person approves is the root of a set (`comity.records.sets`) over salted digests of all that is asked for at
once: each act to be signed, byte for byte, and the request. An approval carries the salt and the place of its own act:
whoever reads it learns nothing of the rest. It stands last in the payload, so that the bytes without it are had by
cutting it off: nothing is written anew to verify it.

By a passkey the person signs the challenge that follows from the root (WebAuthn Level 3 §7.2: type, challenge, user
present and verified, signature). The other ways carry no signature: there the node's word stands for its officers.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records import dsse, signed_json
from comity.records.sets import MadeSet, commitment, grown, make_set

MOST_APPROVALS = 4
SALT_BYTES = 16
_CHALLENGE = b"comity-approval-1\0"
_TAIL = b',"approvals":'
_PRESENT, _VERIFIED, _FLAGS_AT = 0x01, 0x04, 32
_END = r"$(?!\n)"

ApprovedBy: TypeAlias = Literal["passkey", "password", "break-glass"]
_Hash = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{64}}{_END}")]
_Base64 = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9+/]+={{0,2}}{_END}", max_length=8_000)]


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator signed. All in base64; the key as SubjectPublicKeyInfo (RFC 5280 §4.1), in DER."""

    public_key: _Base64
    client_data: _Base64
    authenticator_data: _Base64
    signature: _Base64


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A second person's word on an act, or that there was none: `break-glass`.

    It names the role in which was approved, never the person. `salt`, `place`, `size` and `nodes` lead from the act to
    what was approved.
    """

    by: ApprovedBy
    role: Annotated[str, Meta(pattern=rf"^[a-z]+(?:-[a-z]+)*{_END}", max_length=40)]
    at: Annotated[
        str, Meta(pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{3}}Z{_END}")
    ]
    salt: Annotated[str, Meta(pattern=rf"^[0-9a-f]{{32}}{_END}")]
    place: Annotated[int, Meta(ge=0, le=1_023)]
    size: Annotated[int, Meta(ge=16, le=1_024)]
    nodes: Annotated[tuple[_Hash, ...], Meta(max_length=10)]
    assertion: Assertion | None = None


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked for at once, as it is put before a second person. `leaves` begin with the request's."""

    made: MadeSet
    salts: tuple[bytes, ...]

    @property
    def challenge(self) -> bytes:
        """What a passkey signs, 32 bytes."""
        return challenge_of(self.made.root)


def lay(parts: Sequence[bytes], seed: bytes) -> Laid:
    """Lay what is asked for, the request first, then each payload; the same 32 random bytes give the same.

    Raises:
        ValueError: more than a set holds.
    """
    salts = tuple(hmac.digest(seed, b"approval salt %d" % n, "sha256")[:SALT_BYTES] for n in range(len(parts)))
    leaves = [commitment(salt, _digest(part)) for salt, part in zip(salts, parts, strict=True)]
    return Laid(made=make_set(leaves, hmac.digest(seed, b"approval set", "sha256")), salts=salts)


def challenge_of(root: bytes) -> bytes:
    """Give what a passkey signs to approve all that stands under a root."""
    return hashlib.sha256(_CHALLENGE + root).digest()


def approval_of(laid: Laid, number: int, by: ApprovedBy, role: str, at: str, assertion: Assertion | None) -> Approval:
    """Write the approval of one part; `number` counts from the request, which is 0."""
    place = laid.made.places[number]
    nodes = tuple(level[(place >> height) ^ 1].hex() for height, level in enumerate(laid.made.levels[:-1]))
    return Approval(
        by=by,
        role=role,
        at=at,
        salt=laid.salts[number].hex(),
        place=place,
        size=laid.made.size,
        nodes=nodes,
        assertion=assertion,
    )


def with_approvals(payload: bytes, approvals: Sequence[Approval]) -> bytes:
    """Write approvals into a payload that has none: as its last field."""
    return payload[:-1] + _TAIL + msgspec.json.encode(tuple(approvals)) + b"}"


def without_approvals(payload: bytes, approvals: Sequence[Approval]) -> bytes:
    """Give the payload as it was when it was approved.

    Raises:
        RecordRejected: bad-approval, if they are not its last field, written as `with_approvals` writes them.
    """
    tail = _TAIL + msgspec.json.encode(tuple(approvals)) + b"}"
    if not payload.endswith(tail):
        raise RecordRejected("bad-approval", "$.approvals", "not the last field, as it is written")
    return payload[: -len(tail)] + b"}"


def check_approvals(payload: bytes, approvals: Sequence[Approval]) -> None:
    """Refuse a payload whose approvals are of something else, or not signed as they say.

    Raises:
        RecordRejected: bad-approval or bad-proof.
    """
    bare = without_approvals(payload, approvals)
    for place, one in enumerate(approvals):
        _check(bare, one, f"$.approvals[{place}]")


def approved_challenge(payload: bytes, approvals: Sequence[Approval], place: int) -> bytes:
    """Give the challenge that an approval in a payload leads to: what was put before the second person.

    Raises:
        RecordRejected: bad-approval or bad-proof.
    """
    return challenge_of(_root(without_approvals(payload, approvals), approvals[place], f"$.approvals[{place}]"))


def check_assertion(said: Assertion, challenge: bytes, path: str) -> None:
    """Refuse what is no answer of an authenticator to this challenge, given by a person whom it verified.

    Raises:
        RecordRejected: bad-approval.
    """
    client_data = _raw(said.client_data, f"{path}.client_data")
    authenticator_data = _raw(said.authenticator_data, f"{path}.authenticator_data")
    signature = _raw(said.signature, f"{path}.signature")
    tree = signed_json.check(client_data)
    expected = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    if not isinstance(tree, dict) or tree.get("type") != "webauthn.get" or tree.get("challenge") != expected:
        raise RecordRejected("bad-approval", f"{path}.client_data", "signed for something else")
    if len(authenticator_data) <= _FLAGS_AT + 4 or ~authenticator_data[_FLAGS_AT] & (_PRESENT | _VERIFIED):
        raise RecordRejected("bad-approval", f"{path}.authenticator_data", "the person was not verified")
    message = authenticator_data + hashlib.sha256(client_data).digest()
    try:
        _verify(_raw(said.public_key, f"{path}.public_key"), signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as exc:
        raise RecordRejected("bad-approval", f"{path}.signature", "does not hold") from exc


def _check(bare: bytes, one: Approval, path: str) -> None:
    root = _root(bare, one, path)
    if (one.assertion is not None) != (one.by == "passkey"):
        raise RecordRejected("bad-approval", f"{path}.assertion", "a passkey's approval carries one, no other does")
    if one.assertion is not None:
        check_assertion(one.assertion, challenge_of(root), f"{path}.assertion")


def _root(bare: bytes, one: Approval, path: str) -> bytes:
    leaf = commitment(bytes.fromhex(one.salt), _digest(bare))
    if 1 << len(one.nodes) != one.size:
        raise RecordRejected("bad-proof", f"{path}.nodes")
    return grown({one.place: leaf}, one.size, [bytes.fromhex(node) for node in one.nodes])[-1][0]


def _digest(part: bytes) -> bytes:
    """Give the digest of the very bytes that a signature of them would cover."""
    return hashlib.sha256(dsse.pae(dsse.PAYLOAD_TYPE, part)).digest()


def _verify(public: bytes, signature: bytes, message: bytes) -> None:
    key = load_der_public_key(public)
    match key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            key.verify(signature, message, ec.ECDSA(SHA256()))
        case ed25519.Ed25519PublicKey():
            key.verify(signature, message)
        case rsa.RSAPublicKey(key_size=size) if size >= 2048:
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        case _:
            raise UnsupportedAlgorithm("a key of this kind approves nothing")


def _raw(text: str, path: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RecordRejected("bad-base64", path) from exc
