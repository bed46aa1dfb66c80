"""Gives a usual page quickly: rows that need nothing but their bytes are judged together, only the others one by one.

A row asks for more where other versions are held under its id, or where an upgrade, portions, a revocation, a redaction
or a reference to withhold may change its bytes. A page with an unusual wish, or too long in bytes, is left to
`read_view`, which makes it row by row.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress, count
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.renditions import NOT_PLAIN, Renderer
from comity.desk.views import ReadQuery
from comity.stores import reading
from comity.stores.reading import Look, Shown, Wish
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
        dates, bodies = _instead(others, dates, bodies)
    objects = bodies[: query.limit]
    is_short = len(bodies) <= query.limit and len(rows) == fetched
    if not objects or is_short or sum(map(len, objects)) > page_bytes:
        return None
    return PlainPage(objects, dates[0], dates[len(objects) - 1], len(bodies) > query.limit)


def _others(by: Reading, rows: _Columns) -> dict[int, bytes | None]:
    """Give what goes instead of the bytes as received, by the row's place on the page; None: nothing does."""
    kinds, refs = set(rows.kinds), set(rows.refs) - {None}
    looks = {look: reading.look_of(look) for look in map(reading.look_in, kinds)}
    plain, whole = by.renderer.plain_among({look.class_no for look in looks.values()}, refs)
    usual = {number for number, look in looks.items() if _is_usual(look, plain)}
    opened = reading.open_among(by.tx, by.renderer.reader_no, set(map(reading.gate_in, kinds)), by.now)
    unusual = {one for one in kinds if reading.look_in(one) not in usual or reading.gate_in(one) not in opened}
    cut = refs - whole
    if not unusual and not cut:
        return {}
    # Column by column, without a step of our own for each row: most rows are none of these.
    odd = {
        *compress(count(), map(unusual.__contains__, rows.kinds)),
        *compress(count(), map(cut.__contains__, rows.refs)),
    }
    places = {rows.dates[n]: n for n in sorted(odd)}
    # What stands behind a closed gate is not found by this either, so that nothing goes in its place.
    found = by.asked(reading.shown_at(by.tx, by.renderer.reader_no, list(places), by.now))
    rendered = by.renderer.bodies(found, lambda _: False)
    gone: dict[int, bytes | None] = dict.fromkeys(places.values())
    return gone | {places[row.date_ms]: body for row, body in zip(found, rendered, strict=True)}


def _instead(
    others: Mapping[int, bytes | None], dates: Sequence[int], bodies: Sequence[bytes]
) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Put what goes instead into its places, and leave out the places of which nothing goes."""
    when, what = list(dates), list(bodies)
    for place, body in sorted(others.items(), reverse=True):
        if body is None:
            del when[place], what[place]
        else:
            what[place] = body
    return tuple(when), tuple(what)


def _is_usual(look: Look, plain: set[int]) -> bool:
    return look.class_no in plain and not look.flags & NOT_PLAIN and not look.many
