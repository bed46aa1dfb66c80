"""Walks a party's view from its newest end, and says of each item what the party may know of its release.

Not a verb. Everything comes out of the pages that a TAXII client of the party gets (`read_view.rows_asked`): there is
no second way to what is released. A search looks through those bytes, so it finds nothing that they do not say.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.guests import Guest
from comity.desk.node_type import Node
from comity.desk.policy import decode
from comity.desk.read_view import rows_asked
from comity.desk.views import ReadQuery
from comity.records.facts import TYPE_NUMBERS, facts_of_key
from comity.records.labels import label_of
from comity.rooms.release.engine import Decision
from comity.stores import guests, policies, reading
from comity.stores.reading import LATEST_MS, OTHER_TYPE_NO, Shown
from comity.values import Instant, Tlp, iso

Row = tuple[Shown, bytes]
MOST_LOOKED_AT = 2_000  # what one search looks through before it says how far it came
MOST_VERSIONS = 200
_FIRST_STEP, _LONGEST_STEP = 64, 256  # dates at once: each may have an object as large as one may be


class ReleasedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item as it is released to a party: the latest version that it may have.

    `since`: when it became visible to the party. `tlp`: how this node holds it, by which its release was decided; empty
    of what goes only along with others. `clauses` permit it, `obligations` bind its use. `creator`: the name of whom it
    names as its maker, if that is released too. `answer`: what the party's officers said last.
    """

    id: str
    type: str
    label: str
    version: str
    since: str
    is_new: bool
    tlp: str = ""
    clauses: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    creator: str = ""
    answer: str | None = None


class Found(NamedTuple):
    """Rows, newest first. `before`: a date (ms) before which to go on; None at the end."""

    rows: list[Row]
    before: int | None


def newest(
    node: Node,
    tx: Connection,
    guest: Guest,
    *,
    limit: int,
    now: Instant,
    before: int | None = None,
    types: tuple[str, ...] = (),
    fits: Callable[[bytes], bool] | None = None,
) -> Found:
    """Give what a party may have, newest first, until a page is full or enough was looked through.

    How far one search goes is counted in what the party may see, so that nothing hidden moves it.
    """
    found: list[Row] = []
    looked, upto, step = 0, LATEST_MS if before is None else before, _FIRST_STEP
    kinds = sorted({TYPE_NUMBERS.get(name, OTHER_TYPE_NO) for name in types})
    while True:
        dates = reading.dates_before(tx, guest.party_no, kinds, upto, step, now)
        is_last = len(dates) < step
        after = -1 if is_last else dates[-1] - 1
        query = ReadQuery(limit=max(1, len(dates)), types=types)
        for row in reversed(_between(node, tx, guest, query, after, upto, now)):
            if len(found) == limit or looked == MOST_LOOKED_AT:
                last = found[-1] if len(found) == limit else None
                return Found(found, row[0].date_ms + 1 if last is None else last[0].date_ms)
            looked += 1
            if fits is None or fits(row[1]):
                found.append(row)
        if is_last:
            return Found(found, None)
        upto, step = dates[-1], min(2 * step, _LONGEST_STEP)


def since(node: Node, tx: Connection, guest: Guest, after: int, limit: int, now: Instant) -> list[Row]:
    """Give what became visible to a party after a date, the latest first; at most `limit`."""
    found = newest(node, tx, guest, limit=limit, now=now).rows
    return [row for row in found if row[0].date_ms > after]


def versions(node: Node, tx: Connection, guest: Guest, stix_id: str, now: Instant) -> list[Row]:
    """Give the versions of an object that a party may have, the latest first; none if it may have none.

    Of very many, or very large ones, those that became visible last: as many as a page holds, and the latest always.
    """
    last, _ = rows_asked(node, tx, guest.reader, ReadQuery(limit=1, ids=(stix_id,)), -1, now)
    found = {row[0].item_no: row for row in last if row[0].item_no}  # what every reader may look up is held of nobody
    if not found:
        return []
    latest, every, room = set(found), deque[Row](maxlen=MOST_VERSIONS), node.settings.page_bytes
    query, after, more = ReadQuery(limit=MOST_VERSIONS, ids=(stix_id,), versions=("all",)), -1, True
    while more:
        rows, more = rows_asked(node, tx, guest.reader, query, after, now)
        every += rows
        after, more = (rows[-1][0].date_ms, more) if rows else (after, False)
        while len(every) > 1 and sum(len(body) for _, body in every) > room:
            every.popleft()
    found |= {row[0].item_no: row for row in every}
    return sorted(found.values(), key=lambda one: (one[0].item_no in latest, one[0].date_ms), reverse=True)


def is_released(node: Node, tx: Connection, guest: Guest, stix_id: str, now: Instant) -> bool:
    """Tell whether a party may have any version of an object."""
    rows, _ = rows_asked(node, tx, guest.reader, ReadQuery(limit=1, ids=(stix_id,)), -1, now)
    return any(row.item_no for row, _ in rows)


def described(node: Node, tx: Connection, guest: Guest, rows: Sequence[Row], now: Instant) -> tuple[ReleasedItem, ...]:
    """Say of rows what their party may know."""
    classes = sorted({row.class_no for row, _ in rows})
    held = policies.decisions_of(tx, guest.party_no, classes)
    decisions = {no: decode(one.decision) for no, one in held.items()}
    permitted = {no: one for no, one in decisions.items() if one.outcome == "permitted"}
    levels = {no: Tlp(facts_of_key(key).tlp).word for no, key in policies.class_keys(tx, sorted(permitted)).items()}
    answers = guests.answers_of(tx, guest.party_no, [row.item_no for row, _ in rows])
    makers = {row.item_no: _maker_of(body) for row, body in rows}
    names = _names(node, tx, guest, {one for one in makers.values() if one}, now)
    return tuple(
        _item(guest, row, body, permitted.get(row.class_no), levels, answers.get(row.item_no), names)
        for row, body in rows
    )


def _item(
    guest: Guest,
    row: Shown,
    body: bytes,
    decision: Decision | None,
    levels: dict[int, str],
    answer: str | None,
    names: dict[str, str],
) -> ReleasedItem:
    return ReleasedItem(
        id=row.stix_id,
        type=row.type,
        label=label_of(body),
        version=row.version,
        since=iso(Instant(row.date_ms)),
        is_new=guest.before_ms is not None and row.date_ms > guest.before_ms,
        tlp="" if decision is None else levels.get(row.class_no, ""),
        clauses=() if decision is None else decision.clauses,
        obligations=() if decision is None else decision.obligations,
        creator=names.get(_maker_of(body), ""),
        answer=answer,
    )


def _between(
    node: Node, tx: Connection, guest: Guest, query: ReadQuery, after: int, upto: int, now: Instant
) -> list[Row]:
    """Give all rows between two dates (both exclusive), oldest first."""
    found: list[Row] = []
    while True:
        rows, more = rows_asked(node, tx, guest.reader, query, after, now)
        found += [row for row in rows if row[0].date_ms < upto]
        if not more or not rows or rows[-1][0].date_ms >= upto:
            return found
        after = rows[-1][0].date_ms


def _names(node: Node, tx: Connection, guest: Guest, ids: set[str], now: Instant) -> dict[str, str]:
    """Give the names of identities, of those alone that are released to the party too."""
    if not ids:
        return {}
    query = ReadQuery(limit=len(ids), ids=tuple(sorted(ids)))
    rows, _ = rows_asked(node, tx, guest.reader, query, -1, now)
    return {row.stix_id: label_of(body) for row, body in rows}


class _Made(msgspec.Struct, frozen=True):
    created_by_ref: str = ""


def _maker_of(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Made).created_by_ref
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
