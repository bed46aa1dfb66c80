"""Decides how far another's clock is from ours, by the date that its HTTP answer bears.

Source: RFC 9110 §5.6.7 (IMF-fixdate and the older form), §6.6.1 (Date has whole seconds).
"""

from email.utils import parsedate_to_datetime

from comity.values import Instant

LONGEST_DATE = 64
_SECOND_MS = 1000


def skew_of(date: str, sent: Instant, received: Instant) -> int | None:
    """Give by how many milliseconds another's clock is ahead of ours (negative: behind); None where nothing is said.

    Its date was set between our question and its answer: within that time, and a second, nothing is off.
    """
    said = read_date(date)
    if said is None:
        return None
    if said > received:
        return said - received
    return min(said + _SECOND_MS - sent, 0)


def read_date(text: str) -> int | None:
    """Read an HTTP date as milliseconds since 1970; None if it is none."""
    if not text or len(text) > LONGEST_DATE or not text.isascii():
        return None
    try:
        said = parsedate_to_datetime(text)
        return None if said.tzinfo is None else int(said.timestamp()) * _SECOND_MS
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
