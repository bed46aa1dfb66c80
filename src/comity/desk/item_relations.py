"""Finds what an item names and what names it: relationships with their other end, reports, notes, sightings."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.item_views import items_named, party_names
from comity.desk.node_type import Node
from comity.records.envelope import read_envelope
from comity.records.facts import facts_of_key
from comity.records.labels import label_of
from comity.stores import keeping, numbering, placeables, policies
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ERASED, ITEM
from comity.values import Tlp, id_key

MOST_RELATIONS = 200


class ItemRelationsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id. A page: `after` is the number that the page before gave."""

    id: str
    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_RELATIONS)] = MOST_RELATIONS


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """One line between the item and another object.

    `word` is the relationship's type, or `names`; `outward`: it goes from the item to the other. `held`: the other is
    held here; without that only its id is known. `by`: the relationship object's own id, none for a mere reference.
    """

    word: str
    outward: bool
    id: str
    type: str
    label: str
    held: bool
    tlp: str = ""
    source: str = ""
    by: str | None = None


class ItemRelations(msgspec.Struct, frozen=True, kw_only=True):
    """Relations of a page, in the order of their word; what the item names is on the first, up to twice the limit.

    `more`: there are others beyond those that are shown; `after` asks for the next page of them, None ends.
    """

    relations: tuple[Relation, ...]
    more: bool = False
    after: int | None = None


class _Line(NamedTuple):
    word: str
    outward: bool
    id: str
    by: str | None = None


class _Ends(msgspec.Struct, frozen=True):
    relationship_type: str = ""
    source_ref: str = ""
    target_ref: str = ""


def item_relations(node: Node, actor: Actor, request: ItemRelationsRequest) -> ItemRelations:
    """Give what stands around an item, each once.

    Raises:
        NotFound: no such item.
    """
    with node.store.read() as tx:
        held = items_named(tx, request.id)[0]
        names = party_names(tx)
        last, limit = numbering.last_numbered(tx), request.limit
        naming = placeables.naming(tx, id_key(request.id), request.after, last, limit + 1)
        rows = [row for row in keeping.held_records(tx, naming[:limit]) if row.family == ITEM and row.state != ERASED]
        refs = read_envelope(held.body).refs if held.body is not None and not request.after else ()
        drawn = [_inward(row, request.id) for row in rows if row.body is not None]
        drawn += [_Line("names", True, ref) for ref in refs[: 2 * limit]]
        found = _shown(tx, {(one.word, one.outward, one.id): one for one in reversed(drawn)}.values(), names)
    listed = sorted(found, key=lambda one: (one.word, not one.outward, one.label, one.id))
    after = naming[limit - 1] if len(naming) > limit else None
    return ItemRelations(relations=tuple(listed), more=after is not None or len(refs) > 2 * limit, after=after)


def _inward(row: HeldRecord, stix_id: str) -> _Line:
    """Give the line that another object draws to the item; a relationship leads on to its other end."""
    if row.type == "relationship" and row.body is not None:
        ends = _ends(row.body)
        outward = ends.source_ref == stix_id
        other = ends.target_ref if outward else ends.source_ref
        if other:
            return _Line(ends.relationship_type, outward, other, by=row.stix_id)
    return _Line("names", False, row.stix_id)


def _shown(tx: Connection, lines: Iterable[_Line], names: dict[int, str]) -> list[Relation]:
    """Say what is held of the other ends, the newest version of each."""
    given = list(lines)
    there: dict[str, HeldRecord] = {}
    for row in keeping.records_under_all(tx, [one.id for one in given]):
        if row.family == ITEM and row.state != ERASED:
            there.setdefault(row.stix_id, row)
    keys = policies.class_keys(tx, {row.class_no for row in there.values()})
    return [_relation(one, there.get(one.id), keys, names) for one in given]


def _relation(line: _Line, row: HeldRecord | None, keys: dict[int, str], names: dict[int, str]) -> Relation:
    word, outward, by = line.word, line.outward, line.by
    if row is None:
        kind = line.id.partition("--")[0]
        return Relation(word=word, outward=outward, id=line.id, type=kind, label="", held=False, by=by)
    return Relation(
        word=word,
        outward=outward,
        id=row.stix_id,
        type=row.type,
        label=label_of(row.body or b""),
        held=True,
        tlp=Tlp(facts_of_key(keys[row.class_no]).tlp).word,
        source=names[row.source_no],
        by=by,
    )


def _ends(body: bytes) -> _Ends:
    try:
        return msgspec.json.decode(body, type=_Ends)
    except msgspec.DecodeError:
        return _Ends()
