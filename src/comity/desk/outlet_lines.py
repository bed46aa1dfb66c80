"""Puts what a party may have in line for its outlet, and gives the bytes of what is in line as they may go now.

Not a verb. The party's own stream is followed, as by a reader of it: release has decided, and nothing else ever goes. A
TAXII server keeps an object once under its id and version (TAXII 2.1 §5.5): what went once is not sent again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.policy import is_stale_for
from comity.desk.read_view import next_rows
from comity.desk.renditions import Renderer
from comity.desk.views import ReaderActor
from comity.errors import StoreError
from comity.stores import outlets, reading, submitting
from comity.stores.outlets import NamedOutlet
from comity.stores.reading import Shown
from comity.stores.submitting import DOUBLE, FAILED, MAY_BE_THERE, WAITING, Line
from comity.values import Instant

AT_ONCE = 500  # objects of one request
AROUND_BYTES = len(b'{"objects":[]}')
TOO_LONG = "longer than the server takes"
ANOTHER = "another content is there under this id and version"


class Going(NamedTuple):
    """One object as it may go now."""

    item_no: int
    stix_id: str
    version: str
    body: bytes

    @property
    def sha256(self) -> bytes:
        """Of the bytes that go."""
        return hashlib.sha256(self.body).digest()


class Resting(Exception):
    """Nothing may leave just now: clauses that concern the party are changing."""


def has_news(node: Node, tx: Connection, named: NamedOutlet, now: Instant) -> bool:
    """Is there anything in the party's stream that was not put in line yet?"""
    return bool(next_rows(node, tx, _reader(tx, named), named.row.cursor_ms, 1, now))


def put_next(node: Node, tx: Connection, named: NamedOutlet, most_bytes: int, now: Instant) -> NamedOutlet | None:
    """Put the next objects of the party's stream in line, and move its place on; None if there are none.

    Raises:
        Resting: clauses that concern the party are changing.
    """
    row = named.row
    _refuse_stale(tx, row.party_no, now)
    rows = next_rows(node, tx, _reader(tx, named), row.cursor_ms, AT_ONCE, now)
    if not rows:
        return None
    going, aside, differing = _sorted(tx, row.no, rows, most_bytes)
    submitting.put_aside(tx, row.no, aside, now)
    submitting.note_differing(tx, row.no, differing)
    for batch in _cut(going, most_bytes):
        submitting.put_in_line(tx, row.no, [(one.item_no, one.sha256) for one in batch], now)
    cursor = rows[-1][0].date_ms
    outlets.move_on(tx, row.no, cursor)
    return named._replace(row=row._replace(cursor_ms=cursor))


def going_now(node: Node, tx: Connection, named: NamedOutlet, item_nos: Sequence[int], now: Instant) -> list[Going]:
    """Give those of these items that the party may have now, with their bytes as they go.

    Raises:
        Resting: clauses that concern the party are changing.
    """
    reader_no = named.row.party_no
    _refuse_stale(tx, reader_no, now)
    rows = reading.shown_at(tx, reader_no, submitting.dates_of(tx, reader_no, item_nos), now)
    bodies = Renderer(node, tx, reader_no, now).bodies(rows, lambda _: False)
    return [_going(row, body) for row, body in zip(rows, bodies, strict=True) if body is not None]


def _sorted(
    tx: Connection, outlet_no: int, rows: Sequence[tuple[Shown, bytes]], most_bytes: int
) -> tuple[list[Going], list[Line], list[int]]:
    """Part the rows of a page: those to go, those that are not to, with the reason, and those there that differ now."""
    known = submitting.known(tx, outlet_no, [row.item_no for row, _ in rows])
    under = submitting.there_under(tx, outlet_no, [row.id_key for row, _ in rows])
    going: list[Going] = []
    aside: list[Line] = []
    differing: list[int] = []
    for row, body in rows:
        one, line = _going(row, body), known.get(row.item_no)
        if line is not None and line.state in (WAITING, *MAY_BE_THERE):
            if line.state != WAITING and line.sha256 != one.sha256:
                differing.append(row.item_no)
        elif row.version and under.get((row.id_key, row.version), row.item_no) != row.item_no:
            aside.append(Line(row.item_no, DOUBLE, one.sha256, ANOTHER))
        elif len(body) + AROUND_BYTES > most_bytes:
            aside.append(Line(row.item_no, FAILED, one.sha256, TOO_LONG))
        else:
            going.append(one)
    return going, aside, differing


def _cut(going: Sequence[Going], most_bytes: int) -> Iterator[list[Going]]:
    batch: list[Going] = []
    room = most_bytes - AROUND_BYTES
    for one in going:
        if batch and room < len(one.body):
            yield batch
            batch, room = [], most_bytes - AROUND_BYTES
        batch.append(one)
        room -= len(one.body) + 1
    if batch:
        yield batch


def _going(row: Shown, body: bytes) -> Going:
    return Going(row.item_no, row.stix_id, row.version, body)


def _refuse_stale(tx: Connection, reader_no: int, now: Instant) -> None:
    if is_stale_for(tx, reader_no, now):
        raise Resting


def _reader(tx: Connection, named: NamedOutlet) -> ReaderActor:
    ids = reading.view_ids(tx, named.row.party_no)
    if ids is None:
        raise StoreError("an outlet's party has no view: restore the node from its last backup")
    return ReaderActor(party=named.party, user="", reader_no=named.row.party_no, view_id=ids[0], inbox_id=ids[1])
