"""Reads the two STIX scalars that everything is keyed by: identifiers and timestamps."""

import hashlib
import re
from datetime import UTC, datetime

_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone == 'Z' else zone}").astimezone(UTC)
    except OverflowError as exc:  # by its zone before the year 1, or after 9999
        raise ValueError(f"not a timestamp that can be written in UTC: {text[:40]!r}") from exc
    seconds = (moment - _EPOCH).days * 86_400 + (moment - _EPOCH).seconds
    return seconds * 1_000_000 + int(((fraction or "") + "000000")[:6])
