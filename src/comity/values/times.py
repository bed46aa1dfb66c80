"""Decides how an instant is held and written: whole milliseconds since 1970-01-01 UTC, written in RFC 3339 with `Z`."""

import re
from datetime import UTC, datetime, timedelta
from typing import NewType

Instant = NewType("Instant", int)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> Instant:
    """Read an RFC 3339 time (or a bare date, meaning its midnight UTC) to whole milliseconds, rounding down.

    Raises:
        ValueError: not a time, or without a zone, or in no year of four digits in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        if not _DATE.fullmatch(text):
            raise ValueError(f"a time needs a zone: {text[:40]!r}")
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as exc:  # by its zone before the year 1, or after 9999
        raise ValueError(f"not a time that can be written in UTC: {text[:40]!r}") from exc
    return Instant((moment - _EPOCH) // timedelta(milliseconds=1))


def iso(moment: Instant) -> str:
    """Write an instant as RFC 3339 with three fractional digits and `Z`."""
    written = (_EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds")
    return written.removesuffix("+00:00") + "Z"


def iso_or_none(at_ms: int | None) -> str | None:
    """Write an instant that there may be as `iso` does; None where there is none."""
    return None if at_ms is None else iso(Instant(at_ms))
