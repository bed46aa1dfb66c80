"""Says how long ago something was or in how long it will be, in at most two units, the larger first."""

from comity.texts import counted, text
from comity.values import Instant, instant

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def since(moment: str, now: Instant) -> str:
    """Say how long ago, or in how long, a moment (RFC 3339) is."""
    apart = int(now) - int(instant(moment))
    if abs(apart) < _MINUTE:
        return text("just now")
    return text("{span} ago", span=span(apart)) if apart > 0 else text("in {span}", span=span(-apart))


def span(length_ms: int) -> str:
    """Say how long a time is."""
    if length_ms >= 2 * _DAY:
        return counted("{count} day", "{count} days", length_ms // _DAY)
    hours, minutes = length_ms // _HOUR, length_ms % _HOUR // _MINUTE
    if hours >= 10 or (hours and not minutes):
        return text("{hours} h", hours=hours)
    if hours:
        return text("{hours} h {minutes} min", hours=hours, minutes=minutes)
    return text("{minutes} min", minutes=minutes)


def number_word(count: int) -> str:
    """Write a number as a word where a sentence begins with it, up to ten; digits beyond."""
    words = (
        text("No"),
        text("One"),
        text("Two"),
        text("Three"),
        text("Four"),
        text("Five"),
        text("Six"),
        text("Seven"),
        text("Eight"),
        text("Nine"),
        text("Ten"),
    )
    return words[count] if count < len(words) else str(count)
