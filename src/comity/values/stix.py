"""Reads the two STIX scalars that everything is keyed by: identifiers and timestamps."""

import hashlib
import re
from datetime import UTC, datetime

_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_EPOCH = datetime(1970, 1, 1)


def id_key(stix_id: str) -> bytes:
    """Give the 16-byte key under which a STIX id is looked up; any text has one, well formed or not."""
    return hashlib.sha256(stix_id.encode("utf-8", "surrogatepass")).digest()[:16]


def stix_us(text: str) -> int:
    """Read a STIX timestamp to whole microseconds since 1970 UTC; digits beyond microseconds are cut.

    Raises:
        ValueError: not an RFC 3339 timestamp with a zone.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"not a timestamp: {text[:40]!r}")
    fraction, zone = match[2], match[3]
    try:
        # Without a zone where it is UTC: most are, and it is quicker.
        moment = datetime.fromisoformat(match[1])
        if zone != "Z":
            moment = datetime.fromisoformat(match[1] + zone).astimezone(UTC).replace(tzinfo=None)
    except OverflowError as exc:  # by its zone before the year 1, or after 9999
        raise ValueError(f"not a timestamp that can be written in UTC: {text[:40]!r}") from exc
    since = moment - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    if fraction is None:
        return seconds * 1_000_000
    return seconds * 1_000_000 + int((fraction + "000000")[:6])
