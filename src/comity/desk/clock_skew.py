"""Says how far a peer's clock is from ours, once that matters: by its HTTP date, and by what it signed in our future.

Not a verb: reading from peers and showing them share it. Signatures are judged by the keys of their time: by a clock
that is far off, good keys do not count yet or no longer.
"""

from comity.errors import ComityError, RecordRejected
from comity.records import codec, dsse
from comity.values import Instant, instant

TOLERATED_MS = 60_000


def notable(skew_ms: int | None) -> int:
    """Give a skew in whole seconds if it is over a minute, else 0."""
    return 0 if skew_ms is None or abs(skew_ms) <= TOLERATED_MS else round(skew_ms / 1000)


def larger(first: int | None, second: int | None) -> int | None:
    """Give the larger of two skews, in whichever direction; None where nothing is known."""
    known = [one for one in (first, second) if one is not None]
    return max(known, key=abs, default=None)


def signed_skew(envelope: bytes | None, now: Instant) -> int | None:
    """Give by how much an act says that it was made in our future, whether its signature holds or not.

    What was made in our past says nothing: it may have waited.
    """
    if envelope is None:
        return None
    try:
        act = codec.decode(dsse.unverified_payload(envelope))
        at = instant(act.at)
    except (RecordRejected, ValueError):
        return None
    return at - now if at > now else None


def with_skew(error: ComityError, party: str, skew_ms: int | None) -> str:
    """Give an error in words, and in the same breath how far the peer's clock is off, if it is."""
    off_s = notable(skew_ms)
    if off_s > 0:
        error = ComityError("{error}; the clock of {party} is {s} s ahead of ours", error=error, party=party, s=off_s)
    elif off_s < 0:
        error = ComityError("{error}; the clock of {party} is {s} s behind ours", error=error, party=party, s=-off_s)
    return str(error)
