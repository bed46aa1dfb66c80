"""Lists for a guest what is released to their party, newest first; found by words in it or by type."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from comity.desk.actor import Actor
from comity.desk.guests import guest_of
from comity.desk.node_type import Node
from comity.desk.read_view import refuse_stale
from comity.desk.released_rows import ReleasedItem, described, newest
from comity.errors import UsageError

LONGEST_WORDS = 500
MOST_TYPES = 50


class ListReleasedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: `words` stand in one of its values, in any case. `before`: as an answer gave it."""

    words: Annotated[str, Meta(max_length=LONGEST_WORDS)] = ""
    types: Annotated[tuple[Annotated[str, Meta(max_length=250)], ...], Meta(max_length=MOST_TYPES)] = ()
    before: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class ReleasedList(msgspec.Struct, frozen=True, kw_only=True):
    """What is released, the newest first. `before`: to ask on with; none at the end."""

    items: tuple[ReleasedItem, ...]
    before: int | None = None


def list_released(node: Node, actor: Actor, request: ListReleasedRequest) -> ReleasedList:
    """Give what a TAXII client of the party could read.

    Raises:
        NotPermitted: no guest asks. Busy: the clauses that concern the party are changing.
    """
    if any("\0" in one for one in request.types):
        raise UsageError("no type is written so")
    now = node.clock()
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
        refuse_stale(tx, guest.reader, now)
        found = newest(
            node,
            tx,
            guest,
            limit=request.limit,
            now=now,
            before=request.before,
            types=request.types,
            fits=_finder(request.words),
        )
        return ReleasedList(items=described(node, tx, guest, found.rows, now), before=found.before)


def _finder(words: str) -> Callable[[bytes], bool] | None:
    wanted = " ".join(words.split()).casefold()
    if not wanted:
        return None

    def fits(body: bytes) -> bool:
        # A cheap look first; what is written with escapes is read anyway.
        if b"\\" not in body and wanted not in " ".join(body.decode("utf-8", "replace").split()).casefold():
            return False
        try:
            return _stands_in(msgspec.json.decode(body), wanted)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    return fits


def _stands_in(value: object, wanted: str) -> bool:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and wanted in " ".join(one.split()).casefold():
            return True
    return False
