"""Decides what an entry of the log commits to: the columns of a record that are never to change, under its salt.

An entry is 33 bytes, `0x01` and an HMAC: nobody without the salt can tell what it stands for, nor try out what it might
be; once the salt is erased, nobody at all can. Padding has the same form and stands for nothing.
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

ENTRY_BYTES = 33
PAD_TO = 16  # a checkpoint shows the log at a multiple of this, so that it does not tell the exact volume
COMMITMENT = b"\x01"
_CONTEXT = b"comity-log-v1\0"
_LENGTH = Struct(">I").pack
_LENGTHS = tuple(_LENGTH(length) for length in range(256))  # of nearly every part


class Covered(NamedTuple):
    """The columns of `records` that the log covers, in the order of their encoding; `source` is the party's name."""

    family: str  # "item" or "act"
    source: str
    stix_id: str
    type: str
    version: str
    version_us: int
    spec: int
    sha256: bytes
    kept_ms: int


Columns = tuple[str, str, str, str, str, int, int, bytes, int]  # those of `Covered`, in its order


def encoded(covered: Columns) -> bytes:
    """Write the columns in their one canonical form: each as its length (uint32, big-endian) and its bytes.

    Texts are UTF-8, numbers ASCII decimals, the digest its 32 bytes.
    """
    family, source, stix_id, kind, version, version_us, spec, sha256, kept_ms = covered
    own = encoded_own(stix_id, kind, version, version_us, spec, sha256)
    return _often(family, source) + own + _often_number(kept_ms)


def encoded_own(stix_id: str, kind: str, version: str, version_us: int, spec: int, sha256: bytes) -> bytes:
    """Write, in the same form, those of the columns that a record's own bytes decide."""
    name, said = stix_id.encode("utf-8", "surrogatepass"), version.encode("utf-8", "surrogatepass")
    moment = b"%d" % version_us
    return b"".join(
        (
            _LENGTHS[len(name)] if len(name) < 256 else _LENGTH(len(name)),
            name,
            _often(kind),
            _LENGTHS[len(said)] if len(said) < 256 else _LENGTH(len(said)),
            said,
            _LENGTHS[len(moment)],
            moment,
            _often_number(spec),
            _LENGTHS[len(sha256)],
            sha256,
        )
    )


@lru_cache(maxsize=1024)
def _often(*texts: str) -> bytes:
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join([_LENGTH(len(part)) + part for part in parts])


@lru_cache(maxsize=1024)
def _often_number(number: int) -> bytes:
    part = b"%d" % number
    return _LENGTH(len(part)) + part


def entry_of(salt: bytes, covered: Columns) -> bytes:
    """Commit to a record."""
    return COMMITMENT + hmac.digest(salt, _CONTEXT + encoded(covered), "sha256")


def entries_of_own(
    salts: Iterable[bytes], owns: Iterable[bytes], family: str, source: str, kept_ms: int
) -> list[bytes]:
    """Commit to records that agree in all but their salts and what `encoded_own` gave of each."""
    before, after = _CONTEXT + _often(family, source), _often_number(kept_ms)
    return [
        COMMITMENT + hmac.digest(salt, before + own + after, "sha256") for salt, own in zip(salts, owns, strict=True)
    ]


def padding(random: bytes, count: int) -> list[bytes]:
    """Make `count` entries that stand for nothing, out of 32 random bytes each."""
    return [COMMITMENT + random[32 * number : 32 * number + 32] for number in range(count)]
