"""Gives a page whose every object goes as it was received, in one look at the rows; most pages are such.

Where any row asks for more – another version under its id, an upgrade, portions, a revocation, a redaction, a reference
to withhold – or the page is too long in bytes, there is no such page, and `read_view` makes one row by row.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.renditions import NOT_PLAIN, Renderer
from comity.desk.views import ReadQuery
from comity.stores import reading
from comity.stores.reading import Wish
from comity.values import Instant

_RELATIVE = frozenset({"first", "last", "all"})


class PlainPage(NamedTuple):
    """Objects as received, the dates of the first and the last, and whether more follow."""

    objects: tuple[bytes, ...]
    first_ms: int
    last_ms: int
    more: bool


def plain_page(
    tx: Connection, renderer: Renderer, query: ReadQuery, wish: Wish, after: int, page_bytes: int, now: Instant
) -> PlainPage | None:
    """Give the page, if it is such a one."""
    is_usual = not (wish.keys or wish.other_types or wish.spec or query.spec_versions)
    if not is_usual or len(wish.type_numbers) > 1 or _RELATIVE.isdisjoint(query.versions):
        return None
    rows = reading.plain_rows(tx, renderer.reader_no, wish.type_numbers, after, query.limit + 1, now)
    if not rows:
        return None
    dates, classes, flags, refs, many, bodies = zip(*rows, strict=True)
    if any(many) or any(flag & NOT_PLAIN for flag in set(flags)):
        return None
    if sum(map(len, bodies)) > page_bytes or not renderer.all_plain(set(classes), set(refs) - {None}):
        return None
    objects = bodies[: query.limit]
    return PlainPage(objects, dates[0], dates[len(objects) - 1], len(rows) > query.limit)
