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
from comity.stores.reading import Kind, Shown, Wish
from comity.values import Instant

_EXTRA = 16  # rows fetched beyond a page, for what a later version or a rendition leaves out
_RELATIVE = frozenset({"first", "last", "all"})


class PlainPage(NamedTuple):
    """Objects as they go, the dates of the first and the last (None: there are none), and whether more follow."""

    objects: tuple[bytes, ...]
    first_ms: int | None
    last_ms: int | None
    more: bool


class _Columns(NamedTuple):
    """The rows of a page, column by column: that is quicker to go through."""

    dates: tuple[int, ...]
    kinds: tuple[int, ...]
    refs: tuple[bytes | None, ...]
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
        return PlainPage((), None, None, more=False)
    columns = _Columns._make(zip(*rows, strict=True))
    dates, bodies = columns.dates, columns.bodies
    if others := _others(by, columns):
        shown = [(dates[n], body) for n in range(len(rows)) if (body := others.get(n, bodies[n])) is not None]
        dates, bodies = tuple(date for date, _ in shown), tuple(body for _, body in shown)
    objects = bodies[: query.limit]
    is_short = len(bodies) <= query.limit and len(rows) == fetched
    if not objects or is_short or sum(map(len, objects)) > page_bytes:
        return None
    return PlainPage(objects, dates[0], dates[len(objects) - 1], len(bodies) > query.limit)


def _others(by: Reading, rows: _Columns) -> dict[int, bytes | None]:
    """Give what goes instead of the bytes as received, by the row's place on the page; None: nothing does."""
    kinds = {number: reading.kind_of(number) for number in set(rows.kinds)}
    refs = set(rows.refs)
    plain, whole = by.renderer.plain_among({kind.class_no for kind in kinds.values()}, refs - {None})
    whole.add(None)
    opened = reading.open_among(by.tx, by.renderer.reader_no, {kind.gate_no for kind in kinds.values()}, by.now)
    usual = {number for number, kind in kinds.items() if _is_usual(kind, plain, opened)}
    if kinds.keys() == usual and refs <= whole:
        return {}
    judged = enumerate(zip(rows.kinds, rows.refs, strict=True))
    places = {rows.dates[n]: n for n, (number, named) in judged if number not in usual or named not in whole}
    # What stands behind a closed gate is not found by this either, so that nothing goes in its place.
    found = by.asked(reading.shown_at(by.tx, by.renderer.reader_no, list(places), by.now))
    rendered = by.renderer.bodies(found, lambda _: False)
    gone: dict[int, bytes | None] = dict.fromkeys(places.values())
    return gone | {places[row.date_ms]: body for row, body in zip(found, rendered, strict=True)}


def _is_usual(kind: Kind, plain: set[int], opened: set[int]) -> bool:
    return kind.class_no in plain and kind.gate_no in opened and not kind.flags & NOT_PLAIN and not kind.many
