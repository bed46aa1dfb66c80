"""Takes back what this node's party gave: a signed act that goes to those who were served it."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.adhere_agreement import read_moment
from comity.desk.carry_out import carry_out
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.send_acts import send_act
from comity.desk.sequence import settle
from comity.desk.unplace import unplace
from comity.errors import NotPermitted
from comity.records.kinds import RetractedItem, Retraction
from comity.stores import directory, erasing, keeping, submitting
from comity.stores.keeping import HeldRecord
from comity.values import Instant, JsonObject, iso


class RetractRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which item of this node's own is taken back, in all its versions, and why. `deadline`: by when others answer."""

    id: str
    reason: str
    deadline: str | None = None
    idempotency_key: str | None = None


class ItemRetracted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back, from whom, and who has confirmed until now. Who had only some versions is named only those.

    `lies_at`: collections to which it was submitted, each as party and URL. Those servers give nothing back.
    """

    versions: int
    act: str
    served_to: tuple[str, ...]
    confirmed: tuple[str, ...] = ()
    lies_at: tuple[str, ...] = ()


def retract(node: Node, actor: Actor, request: RetractRequest) -> ItemRetracted:
    """Take an own item back from everyone who was served.

    Raises:
        NotFound: no such item. NotPermitted: it came from another party. UsageError: not a time.
    """
    deadline = None if request.deadline is None else iso(read_moment(request.deadline, node.clock()))

    def work(tx: Connection, now: Instant) -> tuple[ItemRetracted, JsonObject]:
        own = directory.own_party(tx)
        held = [row for row in items_named(tx, request.id, None) if own is not None and row.source_no == own.no]
        if not held:
            raise NotPermitted("{id} came from another party: only its originator takes it back", id=request.id)
        names = {row.no: row.name for row in directory.party_rows(tx)}
        had = _served(tx, held)
        served = tuple(sorted(names[no] for no in had))
        lies_at = tuple(
            f"{named.party}: {named.row.url}" for named in submitting.outlets_with(tx, [row.no for row in held])
        )
        words = (request.reason, deadline)
        act = _act(node, held, *words, now)
        no = keep_act(node, tx, act, now)
        parts = {frozenset(row.no for row in held): no}
        for reader_no, nos in sorted(had.items()):  # an act of its own: what others had is not for this reader to know
            if nos not in parts:
                part = _act(node, [row for row in held if row.no in nos], *words, now)
                parts[nos] = keep_act(node, tx, part, now)
            send_act(tx, parts[nos], [names[reader_no]], now)
        keeping.withdraw_records(tx, [row.no for row in held])
        unplace(node.store, tx, [row.no for row in held], now)
        answer = ItemRetracted(versions=len(held), act=act.rid, served_to=served, lies_at=lies_at)
        return answer, {"versions": len(held), "act": act.rid}

    answer = carry_out(node, actor, "item retract", request, ItemRetracted, work)
    settle(node)
    return answer


def _served(tx: Connection, held: Sequence[HeldRecord]) -> dict[int, frozenset[int]]:
    """Give which of these records each reader was ever served."""
    found: dict[int, set[int]] = {}
    for row in held:
        for reader_no in erasing.readers_served(tx, [row.no]):
            found.setdefault(reader_no, set()).add(row.no)
    return {reader_no: frozenset(nos) for reader_no, nos in found.items()}


def _act(node: Node, held: Sequence[HeldRecord], reason: str, deadline: str | None, now: Instant) -> Retraction:
    items = tuple(RetractedItem(id=row.stix_id, version=row.version or None) for row in held)
    return Retraction(**head(node, now)._asdict(), items=items, reason=reason, deadline=deadline)
