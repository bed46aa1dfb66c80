"""Gives a usual page quickly: rows that need nothing but their bytes are judged together, only the others one by one.

A row asks for more where other versions are held under its id, or where an upgrade, portions, a revocation, a redaction
or a reference to withhold may change its bytes. A page with an unusual wish, or too long in bytes, is left to
`read_view`, which makes it row by row.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.renditions import NOT_PLAIN, Renderer
from comity.desk.views import ReadQuery
from comity.stores import reading
from comity.stores.reading import PlainRow, Shown, Wish
from comity.values import Instant

_EXTRA = 16  # rows fetched beyond a page, for what a later version or a rendition leaves out
_RELATIVE = frozenset({"first", "last", "all"})


class PlainPage(NamedTuple):
    """Objects as they go, the dates of the first and the last (None: there are none), and whether more follow."""

    objects: tuple[bytes, ...]
    first_ms: int | None
    last_ms: int | None
    more: bool


class Reading(NamedTuple):
    """What a page is read with: `asked` keeps those rows that are the versions asked for."""

    tx: Connection
    renderer: Renderer
    asked: Callable[[list[Shown]], list[Shown]]
    now: Instant


def plain_page(by: Reading, query: ReadQuery, wish: Wish, after: int, page_bytes: int) -> PlainPage | None:
    """Give the page, if it can be had this way."""
    is_usual = not (wish.keys or wish.other_types or wish.spec or query.spec_versions)
    if not is_usual or len(wish.type_numbers) > 1 or _RELATIVE.isdisjoint(query.versions):
        return None
    fetched = query.limit + 1 + _EXTRA
    rows = reading.plain_rows(by.tx, by.renderer.reader_no, wish.type_numbers, after, fetched, by.now)
    if not rows:
        return PlainPage((), None, None, more=False)
    dates, bodies = [row[0] for row in rows], [row[3] for row in rows]
    if others := _others(by, rows):
        shown = {
            date: body for date, body in (dict(zip(dates, bodies, strict=True)) | others).items() if body is not None
        }
        dates, bodies = list(shown), list(shown.values())
    objects = tuple(bodies[: query.limit])
    is_short = len(bodies) <= query.limit and len(rows) == fetched
    if not objects or is_short or sum(map(len, objects)) > page_bytes:
        return None
    return PlainPage(objects, dates[0], dates[len(objects) - 1], len(bodies) > query.limit)


def _others(by: Reading, rows: Sequence[PlainRow]) -> dict[int, bytes | None]:
    """Give what goes instead of the bytes as received, by date; None: nothing does."""
    kinds, refs = {row[1] for row in rows}, {row[2] for row in rows}
    by_number = {number: reading.kind_of(number) for number in kinds}
    plain, whole = by.renderer.plain_among({kind.class_no for kind in by_number.values()}, refs - {None})
    whole.add(None)
    usual = {
        number
        for number, kind in by_number.items()
        if kind.class_no in plain and not kind.flags & NOT_PLAIN and not kind.many
    }
    if kinds == usual and refs <= whole:
        return {}
    dates = [date for date, number, named, _ in rows if number not in usual or named not in whole]
    found = by.asked(reading.shown_at(by.tx, by.renderer.reader_no, dates, by.now))
    rendered = by.renderer.bodies(found, lambda _: False)
    return dict.fromkeys(dates) | {row.date_ms: body for row, body in zip(found, rendered, strict=True)}
