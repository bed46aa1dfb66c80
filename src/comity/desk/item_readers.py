"""Says of one item for every party whether it has it and why, since when, and what it acknowledged."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.explain_release import ReleaseExplained, explained
from comity.desk.item_views import live_item
from comity.desk.node_type import Node
from comity.desk.policy import load_policy
from comity.records.base import kind_of
from comity.records.kinds import GuestReceipt
from comity.stores import directory, stating
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import PartyName, iso_or_none

MOST_PARTIES = 200
_BY_GUEST = kind_of(GuestReceipt)


class ItemReadersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id: the newest live version, of one source if it is named."""

    id: str
    source: str | None = None


class PartyHas(msgspec.Struct, frozen=True, kw_only=True):
    """One party and the item.

    `visible_since`: when it became visible to the party's reader. `stored_at`: when the party's node acknowledged the
    statement of that. `officer`: what an office there said of it, with `officer_at`; `unsigned`: said by a guest here,
    recorded by this node, not signed by the party.
    """

    party: str
    kind: str
    title: str
    why: ReleaseExplained
    visible_since: str | None = None
    stored_at: str | None = None
    officer: str | None = None
    officer_at: str | None = None
    unsigned: bool = False


class ItemReaders(msgspec.Struct, frozen=True, kw_only=True):
    """Every party but the node's own, those that have it first. `more`: parties beyond those that are shown."""

    parties: tuple[PartyHas, ...]
    more: int = 0


def item_readers(node: Node, actor: Actor, request: ItemReadersRequest) -> ItemReaders:
    """Explain an item for every party.

    Raises:
        NotFound: no such item.
    """
    now = node.clock()
    with node.store.read() as tx:
        held = live_item(tx, request.id, request.source)
        policy = load_policy(tx, now)
        parties = [row for row in directory.party_rows(tx) if not row.is_self]
        since = stating.visible_since(tx, held.no)
        found = []
        for row in parties[:MOST_PARTIES]:
            why = explained(tx, policy, held, PartyName(row.name), row.no, now)
            found.append(_party_has(tx, held, row, why, since.get(row.no) if why.released else None))
    found.sort(key=lambda one: not one.why.released)
    return ItemReaders(parties=tuple(found), more=max(0, len(parties) - MOST_PARTIES))


def _party_has(
    tx: Connection, held: HeldRecord, party: PartyRow, why: ReleaseExplained, date_ms: int | None
) -> PartyHas:
    stored_ms = None if date_ms is None else stating.stored_at(tx, party.no, date_ms)
    said = [one for one in stating.receipts_of(tx, [held.sha256]) if one.party == party.name]
    last = said[-1] if said else None
    return PartyHas(
        party=party.name,
        kind=party.kind,
        title=party.title,
        why=why,
        visible_since=iso_or_none(date_ms),
        stored_at=iso_or_none(stored_ms),
        officer=None if last is None or last.level == "stored" else last.level,
        officer_at=None if last is None or last.level == "stored" else iso_or_none(last.at_ms),
        unsigned=last is not None and last.kind == _BY_GUEST,
    )
