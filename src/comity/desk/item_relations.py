"""Finds what an item names and what names it: relationships with their other end, reports, notes, sightings."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.item_views import facts_of, items_named, party_names
from comity.desk.node_type import Node
from comity.records.envelope import read_envelope
from comity.records.labels import label_of
from comity.stores import keeping, numbering, placeables
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ERASED, ITEM
from comity.values import Tlp, id_key

MOST_RELATIONS = 200


class ItemRelationsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id."""

    id: str


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
    """Relations in the order of their word. `more`: there are others beyond those that are shown."""

    relations: tuple[Relation, ...]
    more: bool = False


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
        last = numbering.last_numbered(tx)
        naming = sorted({no for _, no, _ in placeables.linked_to(tx, [id_key(request.id)], last)})
        found: dict[tuple[str, bool, str], Relation] = {}
        for no in naming[: MOST_RELATIONS + 1]:
            row = keeping.held_record(tx, no)
            if row is not None and row.family == ITEM and row.state != ERASED and row.body is not None:
                one = _inward(tx, row, request.id, names)
                found.setdefault((one.word, one.outward, one.id), one)
        refs = read_envelope(held.body).refs if held.body is not None else ()
        for ref in refs[: MOST_RELATIONS + 1]:
            found.setdefault(("names", True, ref), _other(tx, ref, names, word="names", outward=True))
    listed = sorted(found.values(), key=lambda one: (one.word, not one.outward, one.label, one.id))
    more = len(naming) > MOST_RELATIONS or len(listed) > MOST_RELATIONS
    return ItemRelations(relations=tuple(listed[:MOST_RELATIONS]), more=more)


def _inward(tx: Connection, row: HeldRecord, stix_id: str, names: dict[int, str]) -> Relation:
    """Give the line that another object draws to the item; a relationship leads on to its other end."""
    if row.type == "relationship" and row.body is not None:
        ends = _ends(row.body)
        outward = ends.source_ref == stix_id
        other = ends.target_ref if outward else ends.source_ref
        if other:
            return _other(tx, other, names, word=ends.relationship_type, outward=outward, by=row.stix_id)
    return _shown(tx, row, names, word="names", outward=False)


def _other(
    tx: Connection, stix_id: str, names: dict[int, str], *, word: str, outward: bool, by: str | None = None
) -> Relation:
    there = [row for row in keeping.records_under(tx, stix_id) if row.family == ITEM and row.state != ERASED]
    if there:
        return _shown(tx, there[0], names, word=word, outward=outward, by=by)
    kind = stix_id.partition("--")[0]
    return Relation(word=word, outward=outward, id=stix_id, type=kind, label="", held=False, by=by)


def _shown(
    tx: Connection, row: HeldRecord, names: dict[int, str], *, word: str, outward: bool, by: str | None = None
) -> Relation:
    return Relation(
        word=word,
        outward=outward,
        id=row.stix_id,
        type=row.type,
        label=label_of(row.body or b""),
        held=True,
        tlp=Tlp(facts_of(tx, row).tlp).word,
        source=names[row.source_no],
        by=by,
    )


def _ends(body: bytes) -> _Ends:
    try:
        return msgspec.json.decode(body, type=_Ends)
    except msgspec.DecodeError:
        return _Ends()
