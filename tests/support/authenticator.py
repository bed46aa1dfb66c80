"""An authenticator in software: makes passkeys and answers challenges as a device would, or wrongly when told to."""

import base64
import hashlib
import json

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """Holds one passkey of kind ES256 for each place it made one at."""

    def __init__(self, number: int = 1) -> None:
        self._key = ec.derive_private_key(1000 + number, ec.SECP256R1())
        self.credential = hashlib.sha256(b"credential %d" % number).digest()
        self.handle, self.uses = b"", 0

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        """The key by which its answers are verified."""
        return self._key.public_key()

    def make(self, options: dict[str, object], origin: str, *, verified: bool = True) -> dict[str, object]:
        """Answer a creation."""
        user, place = options["user"], options["rp"]
        assert isinstance(user, dict) and isinstance(place, dict)
        self.handle = _bytes(str(user["id"]))
        numbers = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(cose)
        flags = PRESENT | ATTESTED | (VERIFIED if verified else 0)
        said = self._said("webauthn.create", str(options["challenge"]), origin)
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(str(place["id"]), flags) + attested}
        return self._answer({"clientDataJSON": _text(said), "attestationObject": _text(cbor2.dumps(made))})

    def answer(
        self,
        options: dict[str, object],
        origin: str,
        *,
        verified: bool = True,
        handle: bytes | None = None,
        kind: str = "webauthn.get",
    ) -> dict[str, object]:
        """Answer a request."""
        self.uses += 1
        data = self._data(str(options["rpId"]), PRESENT | (VERIFIED if verified else 0))
        said = self._said(kind, str(options["challenge"]), origin)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": _text(said),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": _text(self.handle if handle is None else handle),
            }
        )

    def _answer(self, response: dict[str, str]) -> dict[str, object]:
        name = _text(self.credential)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _data(self, place: str, flags: int) -> bytes:
        return hashlib.sha256(place.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _said(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
