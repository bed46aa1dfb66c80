"""Finds items by a value in them: an address, a hash, a name, an external id; or by type."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.item_views import ItemView, item_view, party_names
from comity.desk.node_type import Node
from comity.errors import UsageError
from comity.stores import keeping, searching


class SearchItemsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A value to find exactly (without regard to case) or, with `*` at its end, by how it begins; pages by number."""

    value: str
    type: str | None = None
    after: int = 0
    limit: int = 100


class ItemsFound(msgspec.Struct, frozen=True, kw_only=True):
    """Items found, oldest first. `after` asks for the next page; none if this is the last."""

    items: tuple[ItemView, ...]
    after: int | None = None


MOST_FOUND = 1000


def search_items(node: Node, actor: Actor, request: SearchItemsRequest) -> ItemsFound:
    """Find items.

    Raises:
        UsageError: nothing to search for, or an impossible limit.
    """
    value = request.value.strip().lower()
    if not value.rstrip("*") or not 1 <= request.limit <= MOST_FOUND:
        raise UsageError("give a value to find, and a limit from 1 to {most_found}", most_found=MOST_FOUND)
    with node.store.read() as tx:
        nos = searching.find(tx, value, request.type, request.after, request.limit + 1)
        names = party_names(tx)
        found = [held for no in nos[: request.limit] if (held := keeping.held_record(tx, no)) is not None]
        more = nos[request.limit - 1] if len(nos) > request.limit else None
        return ItemsFound(items=tuple(item_view(tx, held, names) for held in found), after=more)
