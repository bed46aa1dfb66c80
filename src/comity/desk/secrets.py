"""Decides what a password, a six-digit code and a one-time code must be, and keeps none of them as it was given.

Passwords are stretched with argon2id (RFC 9106 §4, second recommended option, unless the node says otherwise). A code
is TOTP (RFC 6238): six digits, steps of 30 seconds, one step of difference either way. What makes the codes is
sealed by a key that lies outside the database, bound to its account.
"""

import base64
import hmac
from collections.abc import Callable
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.desk.node_type import Node
from comity.errors import NodeError, UsageError
from comity.values import Instant

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
STEP_S: Final = 30
_TOTP_BYTES: Final = 20  # RFC 4226 §4, R6
_NONCE_BYTES: Final = 12
_CODE_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_CODE_LENGTH: Final = 20  # 100 bits
_CODE_GROUP: Final = 5
_MISREAD: Final = str.maketrans("OIL", "011", "- ")
# Compared against when there is no such account, so that the answer takes as long; of a password that nobody knows.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$2zkqRNv3/xetlB0wLlMMpw$eQu+6wUQc2DXGOu3ubf93zpS+DAAVnDJ2rvM8BXjmmY"


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, too long, or made of the account's name.

    Raises:
        UsageError: it is.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            "a password has {shortest} to {longest} characters", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD
        )
    if (name and name in password.lower()) or len(set(password)) < 5:
        raise UsageError("a password is neither made of the name nor of a few characters repeated")


def stretched(node: Node, password: str) -> str:
    """Give what is kept of a password."""
    return PasswordHasher.from_parameters(node.stretching).hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one that is kept; takes as long if none is."""
    try:
        PasswordHasher().verify(kept or _NOBODY, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def new_totp(entropy: Callable[[int], bytes]) -> str:
    """Make a source of codes, in base32 as authenticators take it."""
    return base64.b32encode(entropy(_TOTP_BYTES)).decode()


def totp_address(secret: str, name: str, issuer: str) -> str:
    """Give the `otpauth:` address that an authenticator reads from a QR code."""
    return pyotp.TOTP(secret, name=name, issuer=issuer).provisioning_uri()


def totp_step(secret: str, code: str, now: Instant) -> int | None:
    """Give the time step whose code this is, now or one step to either side; None if it is none of them."""
    given = "".join(code.split())
    if len(given) != 6 or not given.isascii() or not given.isdigit():
        return None
    source, step = pyotp.TOTP(secret), now // 1000 // STEP_S
    found = None
    for candidate in (step - 1, step, step + 1):  # all are compared, whichever fits
        if hmac.compare_digest(source.generate_otp(candidate), given):
            found = candidate
    return found


def is_totp_secret(secret: str) -> bool:
    """Tell whether this could be a source of codes that `new_totp` made."""
    try:
        return len(pyotp.TOTP(secret).byte_secret()) == _TOTP_BYTES
    except ValueError:
        return False


def sealed(node: Node, account: str, secret: str) -> bytes:
    """Seal a source of codes for the database."""
    nonce = node.entropy(_NONCE_BYTES)
    return nonce + AESGCM(_sealing_key(node)).encrypt(nonce, secret.encode(), account.encode())


def unsealed(node: Node, account: str, box: bytes) -> str:
    """Give a source of codes back.

    Raises:
        NodeError: it was sealed by another key, as after a restore without keys.
    """
    nonce, rest = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        return AESGCM(_sealing_key(node)).decrypt(nonce, rest, account.encode()).decode()
    except InvalidTag as exc:
        raise NodeError("the keys in the folder are not those that the account was made with") from exc


def new_code(entropy: Callable[[int], bytes]) -> str:
    """Make a one-time code, in groups as people read it out."""
    number = int.from_bytes(entropy(13), "big")
    signs = "".join(_CODE_SIGNS[number >> (5 * place) & 31] for place in range(_CODE_LENGTH))
    return "-".join(signs[start : start + _CODE_GROUP] for start in range(0, _CODE_LENGTH, _CODE_GROUP))


def code_bytes(code: str) -> bytes:
    """Give the one form of a one-time code, however it was typed."""
    return code.upper().translate(_MISREAD).encode("utf-8", "replace")


def _sealing_key(node: Node) -> bytes:
    return hmac.digest(node.keys.token_key, b"comity-totp-1", "sha256")
