"""Finds items by a value in them (an address, a hash, a name, an external id), by type, marking, source and time."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.import_items import moment_of
from comity.desk.item_views import ItemView, item_views, party_names
from comity.desk.node_type import Node
from comity.desk.release_columns import chosen as chosen_classes
from comity.errors import UsageError
from comity.records.facts import KNOWN_TYPES, ClassFacts, type_fact
from comity.stores import directory, keeping, policies, searching
from comity.stores.searching import Among


class SearchItemsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to find; whatever is not said may be anything. Pages by number.

    `value`: exactly, without regard to case, or with `*` at its end by how it begins. `tlp`: the level of the object
    as a whole. `source`: the party it came from. `since` and `until`: when it was kept here, as a time or a date, the
    latter not included. `newest`: the newest first, where no value is given.
    """

    value: str = ""
    type: str | None = None
    tlp: str | None = None
    source: str | None = None
    since: str | None = None
    until: str | None = None
    newest: bool = False
    after: int = 0
    limit: int = 100


class ItemsFound(msgspec.Struct, frozen=True, kw_only=True):
    """Items found, oldest first unless asked otherwise. `after` asks for the next page; none if this is the last."""

    items: tuple[ItemView, ...]
    after: int | None = None


MOST_FOUND = 1000


def search_items(node: Node, actor: Actor, request: SearchItemsRequest) -> ItemsFound:
    """Find items.

    Raises:
        UsageError: a mere `*`, no such level, party or time, or an impossible limit.
    """
    value = request.value.strip().lower()
    if (value and not value.rstrip("*")) or not 1 <= request.limit <= MOST_FOUND:
        raise UsageError("give a value to find, and a limit from 1 to {most_found}", most_found=MOST_FOUND)
    since, until = moment_of(request.since), moment_of(request.until)
    with node.store.read() as tx:
        among = _among(tx, request, since, until, all_classes=not value)
        if value:
            nos = searching.find(tx, value, request.type, request.after, request.limit + 1, among)
        else:
            # A type that STIX defines is a fact of the class: to ask the records too would mean to read each of them.
            kind = None if request.type in KNOWN_TYPES else request.type
            nos = searching.browse(tx, kind, request.after, request.limit + 1, among, newest=request.newest)
        names = party_names(tx)
        found = keeping.held_records(tx, nos[: request.limit])
        more = nos[request.limit - 1] if len(nos) > request.limit else None
        return ItemsFound(items=item_views(tx, found, names), after=more)


def _among(
    tx: Connection, request: SearchItemsRequest, since: int | None, until: int | None, *, all_classes: bool
) -> Among:
    low = 0 if since is None else searching.first_kept_since(tx, since)
    high = None if until is None else searching.first_kept_since(tx, until)
    if not all_classes and request.tlp is None and request.source is None:
        return Among(None, low, high)
    if request.source is not None and directory.party_named(tx, request.source) is None:
        raise UsageError("there is no party {party}", party=request.source[:100])
    keys = policies.class_keys(tx)
    chosen = sorted(
        no
        for no, facts in chosen_classes(keys, None, request.tlp).items()
        if request.source in (None, facts.received_from) and _is_of(request.type, facts)
    )
    return Among(chosen, low, high)


def _is_of(wanted: str | None, facts: ClassFacts) -> bool:
    return wanted is None or facts.type == type_fact(wanted)
