"""Decides what is alike for all collections of others, read or written: which one is meant, how it does, when to go on.

Not a verb: those on peers and on outlets share it.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from comity.desk.node_type import Node
from comity.errors import Busy, ComityError, UsageError
from comity.values import Instant
from comity.wire.taxii_client import Collection

LONGEST_WAIT_MS: Final = 3_600_000
_LEAST_WAIT_MS = 1000
_IN_PATH = "/collections/"
_MOST_LISTED = 20


def root_of(url: str) -> str:
    """Give where to ask for collections: a collection's URL stands under its API root."""
    before, found, _ = url.partition(_IN_PATH)
    return f"{before}/" if found else url


def meant_by(url: str, collections: Sequence[Collection]) -> Collection | None:
    """Give the one of these that a URL means: the one it names, or the only one; None if there is none.

    Raises:
        UsageError: there are several, and the URL names none of them.
    """
    if _IN_PATH in url:
        wanted = urlsplit(url).path.partition(_IN_PATH)[2].split("/")[0]
        collections = [one for one in collections if one.id == wanted]
    if len(collections) > 1:
        listed = "; ".join(f"{one.url} ({one.title})" for one in collections[:_MOST_LISTED])
        raise UsageError("the server shows several collections; name one: {listed}", listed=listed)
    return collections[0] if collections else None


def state_of(*, paused: bool, failures: int, done_ms: int | None) -> str:
    """Say how a line does: new, healthy, failing or paused."""
    if paused:
        return "paused"
    if failures:
        return "failing"
    return "new" if done_ms is None else "healthy"


def try_again_at(node: Node, failures: int, error: ComityError, now: Instant) -> Instant:
    """Give when to try again after one more failure: twice as late each time, an hour at most, or as its server asks.

    Args:
        failures: those that came before this one, one after the other.
    """
    wait = min(max(node.settings.sync_every_s * 1000, _LEAST_WAIT_MS) * 2 ** min(failures, 12), LONGEST_WAIT_MS)
    asked = error.retry_after_s * 1000 if isinstance(error, Busy) else 0
    return Instant(now + max(wait, asked))
