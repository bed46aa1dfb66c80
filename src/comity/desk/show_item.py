"""Shows an item: every held version, its bytes as received, and which readers have it."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.item_views import ItemView, item_view, items_named, party_names
from comity.desk.node_type import Node
from comity.stores import reading


class ShowItemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id; of one source if it is named."""

    id: str
    source: str | None = None


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """Versions newest first, the newest one's bytes as text, and who may have any version now."""

    versions: tuple[ItemView, ...]
    body: str
    visible_to: tuple[str, ...]


def show_item(node: Node, actor: Actor, request: ShowItemRequest) -> ItemShown:
    """Give all that is held of an item.

    Raises:
        NotFound: none is held.
    """
    now = node.clock()
    with node.store.read() as tx:
        held = items_named(tx, request.id, request.source)
        names = party_names(tx)
        readers = reading.readers_who_may(tx, [row.no for row in held], now)
        return ItemShown(
            versions=tuple(item_view(tx, row, names) for row in held),
            body=(held[0].body or b"").decode("utf-8", "replace"),
            visible_to=tuple(sorted(names[no] for no in readers)),
        )
