"""Decides what an `Authorization` header says: a user with a password, or a token.

The scheme's name is taken in any case (MISP writes `basic`); a password may hold `:` and any UTF-8 (RFC 7617 §2).
"""

import base64
import binascii
import hashlib
import re

from msgspec import Struct

from comity.errors import Unauthenticated

MAX_CHARS = 4_096

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Basic(Struct, frozen=True):
    """A user and a password."""

    user: str
    password: str

    @property
    def account(self) -> str:
        """A short name to count attempts by."""
        return f"user:{_digest(self.user)}"


class Bearer(Struct, frozen=True):
    """A token."""

    token: str

    @property
    def account(self) -> str:
        """A short name to count attempts by."""
        return f"token:{_digest(self.token)}"


def read_credentials(header: str | None) -> Basic | Bearer:
    """Read the header.

    Raises:
        Unauthenticated: there is none, or it is of no known scheme, or not well-formed.
    """
    scheme, _, rest = (header or "").strip().partition(" ")
    rest = rest.strip()
    if not rest or len(rest) > MAX_CHARS:
        raise Unauthenticated("no credentials")
    if scheme.lower() == "bearer":
        return Bearer(_printable(rest))
    if scheme.lower() == "basic":
        user, colon, password = _decoded(rest).partition(":")
        if colon and user and password:
            return Basic(_printable(user), _printable(password))
    raise Unauthenticated("no credentials that are understood")


def _decoded(text: str) -> str:
    """Decode base64, with or without padding, as UTF-8 or else as Latin-1, which older clients still send."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Unauthenticated("Basic credentials are not base64") from exc
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _printable(text: str) -> str:
    """Refuse control characters (RFC 7617 §2); some databases cannot even be asked for them."""
    if _CONTROL.search(text):
        raise Unauthenticated("credentials hold a control character")
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
