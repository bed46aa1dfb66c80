"""Erases an item: content, salt, id and search values go from every table and file of the node; the act of it stays."""

import hashlib

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.desk.unplace import unplace
from comity.records.kinds.erasure import Erasure
from comity.stores import keeping
from comity.values import Instant, JsonObject


class EraseItemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item, in every version held (of one source if named), why it goes and who ordered it; never its content."""

    id: str
    reason: str
    ordered_by: str
    source: str | None = None


class ItemErased(msgspec.Struct, frozen=True, kw_only=True):
    """How many versions were erased, how many parties had been served any, and what still holds the content."""

    versions: int
    served_to: int
    remains: tuple[str, ...]


REMAINS = ("backups made before this moment", "what readers took while it was released to them")


def erase_item(node: Node, actor: Actor, request: EraseItemRequest) -> ItemErased:
    """Erase all versions of an item.

    Raises:
        NotFound: none is held.
    """

    def work(tx: Connection, now: Instant) -> tuple[ItemErased, JsonObject]:
        held = items_named(tx, request.id, request.source)
        digests = []
        served = keeping.served_to(tx, [row.no for row in held])
        keeping.withdraw_records(tx, [row.no for row in held])
        unplace(node.store, tx, [row.no for row in held], now)
        for row in held:
            digests.append(hashlib.sha256(keeping.salt_of(tx, row.no) + row.id_key).hexdigest())
            keeping.erase_record(tx, row.no, node.entropy(32))
        act = Erasure(
            **head(node, now)._asdict(), items=tuple(digests), reason=request.reason, ordered_by=request.ordered_by
        )
        keep_act(node, tx, act, now)
        answer = ItemErased(versions=len(held), served_to=served, remains=REMAINS)
        return answer, {"versions": len(held), "act": act.rid}

    answer = carry_out(node, actor, "item erase", request, ItemErased, work)
    settle(node)
    node.store.scrub()
    return answer
