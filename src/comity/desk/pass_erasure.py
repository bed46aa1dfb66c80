"""Passes an erasure on to those who were served what goes, and carries out that of another party on its copy here.

Not a verb: erasing an item and taking acts in share it. The act names no id: an id that stood in it would outlive the
content in every log. It names the salted leaf by which an item was stated to its reader, who finds its copy by that;
with the salt erased, the leaf tells nobody else anything.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.acts import SALT_BYTES, head, keep_act
from comity.desk.erasing import erase_copies, erase_records, salted
from comity.desk.held_deliveries import delivery_in
from comity.desk.node_type import Node
from comity.desk.send_acts import send_act
from comity.desk.take_grant import records_by
from comity.records import codec, dsse
from comity.records.codec import SignedAct
from comity.records.kinds import Erasure
from comity.records.sets import commitment
from comity.stores import alarming, directory, erasing, guests, keeping, sending, speaking, stating, surviving, trusting
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant


class Audience(NamedTuple):
    """Who was served which of some records, by short name: leaves by the record's number."""

    told: Mapping[str, Mapping[int, str]]  # those to whom an act can go, or whose guests read it here
    untold: tuple[str, ...]  # the others


def audience_of(tx: Connection, held: Sequence[HeldRecord]) -> Audience:
    """Say who is to hear that these records go; to be asked before they are erased, with their salts."""
    names = {row.no: row.name for row in directory.party_rows(tx) if not row.is_self}
    told: dict[str, dict[int, str]] = {}
    untold = set[str]()
    for row in held:
        leaf = commitment(erasing.salt_of(tx, row.no), row.sha256).hex()
        for reader_no in sorted(erasing.readers_served(tx, [row.no]) & names.keys()):
            peer = trusting.peer_of(tx, reader_no)
            has_node = peer is not None and peer.state == stating.PEER_ACCEPTED
            if has_node or guests.has_guests(tx, reader_no, coming=True):
                told.setdefault(names[reader_no], {})[row.no] = leaf
            else:
                untold.add(names[reader_no])
    return Audience(told, tuple(sorted(untold)))


def tell(
    node: Node,
    tx: Connection,
    audience: Audience,
    digests: Mapping[int, str],
    reason: str,
    ordered_by: str,
    deadline: str | None,
    now: Instant,
) -> None:
    """Put an act in line for each of them, that names what it was served and nothing else.

    Args:
        digests: the salted digest of each erased record's key, by its number.
    """
    for party, leaves in audience.told.items():
        act = Erasure(
            **head(node, now)._asdict(),
            items=tuple(digests[no] for no in leaves),
            leaves=tuple(leaves.values()),
            reason=reason,
            ordered_by=ordered_by,
            deadline=deadline,
        )
        send_act(tx, keep_act(node, tx, act, now), [party], now)


def take_erasure(
    node: Node, tx: Connection, opened: SignedAct, act: Erasure, giver: PartyRow, now: Instant, no: int
) -> bool:
    """Do what another's act of erasure says: erase what it gave, or note that it has done what we, or a text, asked."""
    if act.answers is not None:
        _note_answer(node, tx, opened, bytes.fromhex(act.answers), giver, now, no)
    elif act.erased:
        _check_stated(tx, opened, act, giver, now)
    elif act.leaves:
        leaves = {bytes.fromhex(leaf) for leaf in act.leaves}
        speaking.note_spoken(node.store, tx, giver.no, no, leaves)
        nos = records_by(tx, giver.no, leaves)
        _carry_out(node, tx, codec.digest(opened.payload), act, giver, nos, now)
    return False


def carry_out_on(
    node: Node, tx: Connection, no: int, act: Erasure, giver: PartyRow, came: Sequence[int], now: Instant
) -> None:
    """Erase what came after the giver's act of erasure, kept as the record `no`.

    It is answered as before: the answer is the act by which `log verify` finds what was erased here.
    """
    held = keeping.held_record(tx, no)
    if held is not None and held.body is not None and _copies(tx, came, giver):
        _carry_out(node, tx, codec.digest(dsse.unverified_payload(held.body)), act, giver, came, now)


def _note_answer(
    node: Node, tx: Connection, opened: SignedAct, of: bytes, giver: PartyRow, now: Instant, no: int
) -> None:
    if of in sending.known_to(tx, giver.no, [of]):
        stating.note_receipts(node.store, tx, [(no, of, giver.no, sending.ERASED, int(now))])
        return
    facts = "it states to have erased what this node does not know to have asked for"
    alarming.raise_alarm(tx, giver.no, "receipt-for-nothing", facts, now, opened.envelope)


def _check_stated(tx: Connection, opened: SignedAct, act: Erasure, giver: PartyRow, now: Instant) -> None:
    """Accuse who states to hold no more what was never stated to it; else the act itself says what is gone there."""
    unknown = set(map(bytes.fromhex, act.erased))
    for _, envelope in surviving.each_made(tx, giver.no):
        unknown.difference_update(delivery_in(envelope).leaf_list())
        if not unknown:
            return
    facts = f"it states to have erased {len(unknown)} that this node does not know to have given it"
    alarming.raise_alarm(tx, giver.no, "receipt-for-nothing", facts, now, opened.envelope)


def _carry_out(
    node: Node, tx: Connection, asked: str, act: Erasure, giver: PartyRow, nos: Sequence[int], now: Instant
) -> None:
    """Erase this giver's copies, pass it on to those who had them from here, and state to the giver that it is done."""
    held = _copies(tx, nos, giver)
    audience = audience_of(tx, held)
    erase_copies(node, tx, {row.stix_id for row in held}, {giver.no})
    digests = erase_records(node, tx, held, now) if held else ()
    by_no = dict(zip([row.no for row in held], digests, strict=True))
    done = Erasure(
        **head(node, now)._asdict(),
        # Also where nothing was held any more, the giver has its answer: that there is nothing.
        items=digests or (salted(node.entropy(SALT_BYTES), hashlib.sha256(bytes.fromhex(asked)).digest()),),
        reason=act.reason,
        ordered_by=giver.name,
        answers=asked,
    )
    send_act(tx, keep_act(node, tx, done, now), [giver.name], now)
    tell(node, tx, audience, by_no, act.reason, giver.name, act.deadline, now)


def _copies(tx: Connection, nos: Sequence[int], giver: PartyRow) -> list[HeldRecord]:
    """Give those of these records that are the giver's own and have their content."""
    rows = [keeping.held_record(tx, no) for no in nos]
    return [row for row in rows if row is not None and row.source_no == giver.no and row.body is not None]
