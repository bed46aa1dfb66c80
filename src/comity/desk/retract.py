"""Takes back what this node's party gave: a signed act that goes to those who were served it."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import keep_act
from comity.desk.adhere_agreement import read_moment
from comity.desk.carry_out import carry_out
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.pass_retraction import retraction_of, served_of, tell
from comity.desk.sequence import settle
from comity.desk.unplace import unplace
from comity.errors import NotPermitted
from comity.stores import directory, keeping, submitting
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
        had = served_of(tx, held)
        served = tuple(sorted(names[no] for no in had))
        lies_at = tuple(
            f"{named.party}: {named.row.url}" for named in submitting.outlets_with(tx, [row.no for row in held])
        )
        act = retraction_of(node, held, request.reason, deadline, now)
        made = {frozenset(row.no for row in held): keep_act(node, tx, act, now)}
        tell(node, tx, held, had, request.reason, deadline, now, made=made)
        keeping.withdraw_records(tx, [row.no for row in held])
        unplace(node.store, tx, [row.no for row in held], now)
        answer = ItemRetracted(versions=len(held), act=act.rid, served_to=served, lies_at=lies_at)
        return answer, {"versions": len(held), "act": act.rid}

    answer = carry_out(node, actor, "item retract", request, ItemRetracted, work)
    settle(node)
    return answer
