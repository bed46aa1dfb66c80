"""Shows what leaves: an item as a party's reader gets it at this moment, beside the bytes that are held."""

from contextlib import suppress

import msgspec

from comity.desk.actor import Actor
from comity.desk.clearances import Light, clearances
from comity.desk.explain_release import ReleaseExplained, explained
from comity.desk.export_items import reader_named
from comity.desk.item_views import live_item
from comity.desk.node_type import Node
from comity.desk.policy import load_policy
from comity.desk.read_view import read_objects
from comity.desk.views import ReadQuery
from comity.errors import NotFound, UsageError
from comity.stores import directory
from comity.values import PartyName


class ReleaseRenditionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id (the newest live version; of one source if named) and a party by its short name."""

    id: str
    to: str
    source: str | None = None


class ReleaseRendition(msgspec.Struct, frozen=True, kw_only=True):
    """`held`: the bytes that are held, as text. `leaves`: what the party's reader gets now; None where nothing does.

    `same`: it gets every byte as it is held. `version` of the item is what `held` is of; a reader that may not have
    this version may still have an earlier one. `clearance`: how the own authorities stand to it, of an own item.
    """

    id: str
    to: str
    version: str
    held: str
    leaves: str | None
    same: bool
    why: ReleaseExplained
    clearance: tuple[Light, ...] = ()


def release_rendition(node: Node, actor: Actor, request: ReleaseRenditionRequest) -> ReleaseRendition:
    """Make what a party's reader gets of an item.

    Raises:
        NotFound: no such item or party. UsageError: the party is the node's own.
    """
    now = node.clock()
    with node.store.read() as tx:
        party = directory.party_named(tx, request.to)
        if party is None:
            raise NotFound("no party {party}", party=request.to)
        if party.is_self:
            raise UsageError("{party} is this node's own party: what it holds is not released to it", party=party.name)
        held = live_item(tx, request.id, request.source)
        lights = clearances(node, tx, actor, held, party.name, now)
        why = explained(tx, load_policy(tx, now), held, PartyName(party.name), party.no, now)
    leaves: bytes | None = None
    with suppress(NotFound):  # without credentials nothing leaves
        reader = reader_named(node, party.name)
        page = read_objects(node, reader, reader.view_id, ReadQuery(limit=1, ids=(held.stix_id,)))
        leaves = page.objects[0] if page.objects else None
    body = held.body or b""
    return ReleaseRendition(
        id=held.stix_id,
        to=party.name,
        version=held.version,
        held=body.decode("utf-8", "replace"),
        leaves=None if leaves is None else leaves.decode("utf-8", "replace"),
        same=leaves == body,
        why=why,
        clearance=lights,
    )
