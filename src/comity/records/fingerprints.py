"""Decides how a root key is read out over the phone: twelve groups of five digits out of its SHA-256.

They are the last 60 decimal digits of the digest as a number (about 199 bits). Digits are said in every language, and a
group is short enough to be repeated back. The same digits stand in file, QR code, `inspect` and `show`.
"""

import hashlib
import re

from comity.errors import UsageError

GROUPS, GROUP_DIGITS = 12, 5
_DIGITS = GROUPS * GROUP_DIGITS


def fingerprint(root: bytes) -> str:
    """Give the fingerprint of a raw root key, in groups with a blank between."""
    digits = f"{int.from_bytes(hashlib.sha256(root).digest()) % 10**_DIGITS:0{_DIGITS}d}"
    return " ".join(digits[start : start + GROUP_DIGITS] for start in range(0, _DIGITS, GROUP_DIGITS))


def same_fingerprint(typed: str, root: bytes) -> bool:
    """Say whether what a person typed is the whole fingerprint of a key; blanks and hyphens may stand anywhere.

    Raises:
        UsageError: it is no fingerprint at all.
    """
    digits = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch(rf"[0-9]{{{_DIGITS}}}", digits):
        raise UsageError(
            "a fingerprint is {GROUPS} groups of {GROUP_DIGITS} digits", GROUPS=GROUPS, GROUP_DIGITS=GROUP_DIGITS
        )
    return digits == fingerprint(root).replace(" ", "")
