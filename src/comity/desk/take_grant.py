"""Takes up what the originator of held items consents to: whom they may go on to, however late they come.

Not a verb: taking acts in, taking pages in and explaining share it. A grant names each version by the salted leaf by
which it was stated, so whoever holds none of them learns nothing by it. One that ends has no effect here: an item's
consents have no end, and a grant that could outlive its own is none.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache

from sqlalchemy import Connection

from comity.desk.class_again import class_again
from comity.desk.held_deliveries import delivery_in
from comity.desk.node_type import Node
from comity.records import codec, dsse
from comity.records.kinds import ReleaseGrant
from comity.records.sets import commitment
from comity.stores import directory, erasing, keeping, reclassing, speaking, stating, streams
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant


def take_grant(node: Node, tx: Connection, act: ReleaseGrant, giver: PartyRow, now: Instant, no: int) -> bool:
    """Keep what another's grant speaks of, and consent for what is held of it. Clauses do not change by it."""
    leaves = set(map(bytes.fromhex, act.leaves))
    speaking.note_spoken(node.store, tx, giver.no, no, leaves)
    if _lets_others(node, act):
        consent(node, tx, act, giver, records_by(tx, giver.no, leaves), now)
    return False


def consent(node: Node, tx: Connection, act: ReleaseGrant, giver: PartyRow, nos: Sequence[int], now: Instant) -> None:
    """Let these records of their originator's go on to those whom its grant names."""
    if not _lets_others(node, act):
        return
    held = [row for row in keeping.held_records(tx, nos) if row.source_no == giver.no and row.body is not None]
    changed = []
    for row in held:
        override = reclassing.override_of(tx, row.no)
        consents = tuple(sorted({*override.consents, *act.to} - {node.settings.party}))
        if consents != override.consents:
            reclassing.set_override(tx, row.no, override._replace(consents=consents))
            changed.append(row.no)
    if changed:
        class_again(node, tx, giver.no, changed, now)


def grants_behind(tx: Connection, held: HeldRecord, reader: str) -> tuple[str, ...]:
    """Give the numbers of its originator's acts by which a reader may have a held version; of both nodes the same."""
    own = directory.own_party(tx)
    if own is not None and held.source_no == own.no:
        acts = speaking.acts_on(tx, speaking.OWN, {commitment(erasing.salt_of(tx, held.no), held.sha256)})
    else:
        behind = stating.statement_behind(tx, held.no)
        leaf = set() if behind is None else {delivery_in(behind.envelope).leaf_list()[behind.leaf]}
        acts = speaking.acts_on(tx, held.source_no, leaf)
    found = (act_of(tx, no) for no in acts)
    return tuple(act.rid for act in found if isinstance(act, ReleaseGrant) and reader in act.to)


def act_of(tx: Connection, record_no: int) -> object:
    """Give a kept act by its record's number; None if its bytes are gone."""
    held = keeping.held_record(tx, record_no)
    return None if held is None or held.body is None else _read(held.body)


@lru_cache(maxsize=1024)
def _read(envelope: bytes) -> object:
    return codec.decode(dsse.unverified_payload(envelope))


def records_by(tx: Connection, party_no: int, leaves: Collection[bytes]) -> list[int]:
    """Give the records that came by these leaves of a party's statements."""
    found: list[int] = []
    for stream in streams.streams_of(tx, party_no):
        for seq, envelope in stating.held_envelopes(tx, stream.no):
            places = [n for n, leaf in enumerate(delivery_in(envelope).leaf_list()) if leaf in leaves]
            found += stating.records_by_leaf(tx, stream.no, seq, places)
    return found


def _lets_others(node: Node, act: ReleaseGrant) -> bool:
    return act.until is None and bool(set(act.to) - {node.settings.party})
