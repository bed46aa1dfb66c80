"""Shows an item: every held version, its bytes as received, which readers have it, and what officers said of it."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.item_views import ItemView, item_views, items_named, party_names
from comity.desk.node_type import Node
from comity.desk.policy import standings_of
from comity.desk.receipt_views import ReceiptView, receipt_views
from comity.desk.surviving import AfterEnd, after_end
from comity.records.misp import Loss
from comity.records.misp_items import losses_told
from comity.records.search_values import search_values
from comity.records.strict_json import read_object
from comity.stores import answering, reading
from comity.values import PartyName
from comity.wire.warning_files import read_warning_lists

LATEST = 1_000  # receipts that are looked through for those that name the item, and not its bytes


class ShowItemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id; of one source if it is named."""

    id: str
    source: str | None = None


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """Versions newest first, the newest one's bytes as text, who may have any version now, and the receipts for it.

    Among the receipts are those of readers who got a rendition: their digest is that of what they got. `after_end` is
    of the newest version, and so are `losses`: what it, if made of MISP, does not say in STIX; and `warnings`: lists
    that name a value in it, which makes it a likely false positive.
    """

    versions: tuple[ItemView, ...]
    body: str
    visible_to: tuple[str, ...]
    receipts: tuple[ReceiptView, ...]
    after_end: AfterEnd | None = None
    losses: tuple[Loss, ...] = ()
    warnings: tuple[str, ...] = ()


def show_item(node: Node, actor: Actor, request: ShowItemRequest) -> ItemShown:
    """Give all that is held of an item.

    Raises:
        NotFound: none is held.
    """
    now, lists = node.clock(), read_warning_lists(node.folder)
    with node.store.read() as tx:
        held = items_named(tx, request.id, request.source)
        names = party_names(tx)
        readers = reading.readers_who_may(tx, [row.no for row in held], now)
        return ItemShown(
            versions=item_views(tx, held, names),
            body=(held[0].body or b"").decode("utf-8", "replace"),
            visible_to=tuple(sorted(names[no] for no in readers)),
            receipts=_receipts(tx, request.id, [row.sha256 for row in held]),
            after_end=after_end(tx, standings_of(tx), held[0], PartyName(node.settings.party), now),
            losses=losses_told(held[0].body or b"{}"),
            warnings=() if lists is None else lists.naming(search_values(read_object(held[0].body or b"{}"))),
        )


def _receipts(tx: Connection, stix_id: str, digests: list[bytes]) -> tuple[ReceiptView, ...]:
    by_digest = answering.answers_on(tx, digests)
    found = receipt_views(by_digest)
    by_id = receipt_views(reversed(answering.latest_answers(tx, LATEST)), {one.record_no for one in by_digest})
    return (*found, *(view for view in by_id if view.about == stix_id and view not in found))
