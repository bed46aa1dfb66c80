"""Encrypts a text to a person's OpenPGP key, in a process of its own: the key is what somebody handed in.

Whatever that process says is input from outside; what it says is checked to be armour and no more.
"""

import base64
import importlib.util
import subprocess
import sys
from typing import Final

import msgspec

from comity.errors import NodeError, UsageError

LARGEST_KEY_BYTES: Final = 256 * 1024
WITHIN_S: Final = 30.0
_CHILD: Final = "comity.wire.sealing_child"
_BEGIN, _END = "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"


class Sealed(msgspec.Struct, frozen=True):
    """An armoured message, and the fingerprint of the key that opens it; `failed`: why there is none."""

    message: str = ""
    fingerprint: str = ""
    failed: str = ""


def sealed_to(key: bytes, text: str) -> Sealed:
    """Encrypt a text to one certificate.

    Raises:
        UsageError: it is no certificate, holds a secret key, or can encrypt nothing now (expired, revoked).
        NodeError: what encrypts is not installed.
    """
    if importlib.util.find_spec("pysequoia") is None:
        raise NodeError("encrypted mails need the extra packages of `comity[mail]`: install them")
    if not 0 < len(key) <= LARGEST_KEY_BYTES:
        raise UsageError("an OpenPGP key has at most {most} bytes", most=LARGEST_KEY_BYTES)
    asked = {"key": base64.b64encode(key).decode(), "text": text.encode("utf-8", "replace").decode()}
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, our own module
            [sys.executable, "-P", "-m", _CHILD],
            input=msgspec.json.encode(asked),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WITHIN_S,
            start_new_session=True,
            check=False,
        )
        said = msgspec.json.decode(done.stdout, type=Sealed)
    except (subprocess.TimeoutExpired, OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError("nothing can be encrypted to this OpenPGP key") from exc
    if said.failed == "secret":
        raise UsageError("this is a secret key: hand in the public one alone")
    armour = said.message.strip()
    if said.failed or not (armour.isascii() and armour.startswith(_BEGIN) and armour.endswith(_END)):
        raise UsageError("nothing can be encrypted to this OpenPGP key")
    return said
