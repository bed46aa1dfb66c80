"""Shows a guest one item as it is released to their party: its bytes, by which clauses and on which terms, receipts."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.guests import Guest, guest_of
from comity.desk.node_type import Node
from comity.desk.policy import standings_of
from comity.desk.read_view import refuse_stale
from comity.desk.receipt_views import ReceiptView, receipt_views
from comity.desk.released_rows import ReleasedItem, Row, described, versions
from comity.errors import NotFound
from comity.rooms.release.agreements import said
from comity.stores import answering, keeping
from comity.values import Instant, iso

LONGEST_ID = 500


class ShowReleasedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id."""

    id: Annotated[str, Meta(max_length=LONGEST_ID)]


class ReleasedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version as the party gets it, byte for byte."""

    version: str
    since: str
    body: str


class TermOfUse(msgspec.Struct, frozen=True, kw_only=True):
    """A clause of an agreement to which the party belongs, in its own words."""

    id: str
    agreement: str
    article: str
    kind: str
    text: str
    binds: bool  # the use of the item


class ReleasedShown(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its versions, the latest first; the clauses behind it; and what the party's officers said of it.

    `given_by`: the party of this node, which released it, with its title.
    """

    item: ReleasedItem
    versions: tuple[ReleasedVersion, ...]
    clauses: tuple[TermOfUse, ...]
    receipts: tuple[ReceiptView, ...]
    given_by: str
    given_by_title: str


def show_released(node: Node, actor: Actor, request: ShowReleasedRequest) -> ReleasedShown:
    """Show an item.

    Raises:
        NotFound: nothing under this id is released to the party. NotPermitted: no guest asks. Busy: clauses change.
    """
    now = node.clock()
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
        refuse_stale(tx, guest.reader, now)
        rows = versions(node, tx, guest, request.id, now)
        if not rows:
            raise NotFound("no item {stix_id}", stix_id=request.id[:200])
        (item,) = described(node, tx, guest, rows[:1], now)
        return ReleasedShown(
            item=item,
            versions=tuple(_version(row) for row in rows),
            clauses=_clauses(tx, guest, item),
            receipts=_receipts(tx, guest, rows),
            given_by=node.settings.party,
            given_by_title=node.settings.title,
        )


def _version(row: Row) -> ReleasedVersion:
    shown, body = row
    return ReleasedVersion(
        version=shown.version, since=iso(Instant(shown.date_ms)), body=body.decode("utf-8", "replace")
    )


def _clauses(tx: Connection, guest: Guest, item: ReleasedItem) -> tuple[TermOfUse, ...]:
    """Give the clauses that permit or bind, where the party belongs to their agreement: it knows the text."""
    named = {*item.clauses, *item.obligations}
    return tuple(
        TermOfUse(
            id=clause.id,
            agreement=said(one.agreement.title),
            article=clause.article,
            kind=clause.kind,
            text=said(clause.text),
            binds=clause.id in item.obligations,
        )
        for one in standings_of(tx)
        if guest.party in one.agreement.parties
        for clause in one.agreement.clauses
        if clause.id in named
    )


def _receipts(tx: Connection, guest: Guest, rows: list[Row]) -> tuple[ReceiptView, ...]:
    held = keeping.held_records(tx, [row.item_no for row, _ in rows])
    said_of = answering.answers_on(tx, [one.sha256 for one in held])
    found = receipt_views(one for one in said_of if one.party == guest.party)
    return tuple(msgspec.structs.replace(one, of="") for one in found)  # the digest may be of what it was not shown
