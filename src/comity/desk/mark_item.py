"""Lets an officer say what the rules cannot see of an item: whether it holds personal data. With a reason, audited."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.class_again import class_again
from comity.desk.item_views import ItemView, item_view, live_item, party_names
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.stores import reclassing
from comity.values import Instant, JsonObject


class MarkItemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id and what an officer has found; `as-ruled` takes an earlier word back."""

    id: str
    personal: Literal["no", "yes", "as-ruled"]
    reason: str
    source: str | None = None


def mark_item(node: Node, actor: Actor, request: MarkItemRequest) -> ItemView:
    """Class an item anew under an officer's word; what that closes is closed at once.

    Raises:
        NotFound: no such item.
    """

    def work(tx: Connection, now: Instant) -> tuple[ItemView, JsonObject]:
        held = live_item(tx, request.id, request.source)
        override = reclassing.override_of(tx, held.no)
        said = None if request.personal == "as-ruled" else request.personal
        reclassing.set_override(tx, held.no, override._replace(personal=said))
        class_again(node, tx, held.source_no, [held.no], now)
        after = live_item(tx, request.id, request.source)
        view = item_view(tx, after, party_names(tx))
        return view, {"record": held.no, "personal": request.personal, "reason": request.reason}

    answer = carry_out(node, actor, "item mark", request, ItemView, work)
    settle(node)
    return answer
