"""Gives a usual page quickly: rows that need nothing but their bytes are judged together, only the others one by one.

A row asks for more where other versions are held under its id, or where an upgrade, portions, a revocation, a redaction
or a reference to withhold may change its bytes. A page with an unusual wish, or too long in bytes, is left to
`read_view`, which makes it row by row.
"""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.renditions import NOT_PLAIN, Renderer
from comity.desk.views import ReadQuery
from comity.stores import reading
from comity.stores.reading import Shown, Wish
from comity.values import Instant

_EXTRA = 16  # rows fetched beyond a page, for what a later version or a rendition leaves out
_RELATIVE = frozenset({"first", "last", "all"})


class PlainPage(NamedTuple):
    """Objects as they go, the dates of the first and the last, and whether more follow."""

    objects: tuple[bytes, ...]
    first_ms: int
    last_ms: int
    more: bool


class Columns(NamedTuple):
    """The rows of a page, column by column: judged together they cost least."""

    dates: tuple[int, ...]
    classes: tuple[int, ...]
    flags: tuple[int, ...]
    refs: tuple[bytes | None, ...]
    many: tuple[bool, ...]
    bodies: tuple[bytes, ...]


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
        return None
    columns = Columns(*zip(*rows, strict=True))
    bodies = dict(zip(columns.dates, columns.bodies, strict=True))
    for date, body in _others(by, columns).items():
        if body is None:
            del bodies[date]
        else:
            bodies[date] = body
    left = list(bodies)
    if not left or (len(left) <= query.limit and len(rows) == fetched):
        return None
    objects = tuple(bodies.values())[: query.limit]
    if sum(map(len, objects)) > page_bytes:
        return None
    return PlainPage(objects, left[0], left[len(objects) - 1], len(left) > query.limit)


def _others(by: Reading, rows: Columns) -> dict[int, bytes | None]:
    """Give what goes instead of the bytes as received, by date; None: nothing does."""
    classes, refs = set(rows.classes), set(rows.refs) - {None}
    plain, whole = by.renderer.plain_among(classes, refs)
    odd = {flags for flags in set(rows.flags) if flags & NOT_PLAIN}
    if not odd and plain == classes and whole == refs and not any(rows.many):
        return {}
    whole.add(None)
    dates = [
        date
        for date, class_no, flags, named, many, _ in zip(*rows, strict=True)
        if many or flags in odd or class_no not in plain or named not in whole
    ]
    shown = by.asked(reading.shown_at(by.tx, by.renderer.reader_no, dates, by.now))
    rendered = by.renderer.bodies(shown, lambda _: False)
    return dict.fromkeys(dates) | {row.date_ms: body for row, body in zip(shown, rendered, strict=True)}
