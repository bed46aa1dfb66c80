"""Makes again what tables hold because of acts, and says which rows do not follow from them.

`receipts` and `spoken_of` follow from acts whole, `party_keys` from key sets under the root key. Of `sent_acts` each
row must be of an own act and its digest; to whom an act was put in line is known from nothing else, but for receipts
of officers, which name it.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.party_keys import key_row
from comity.desk.verify_tree import Found
from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.codec import UnreadAct
from comity.records.key_judging import keys_of
from comity.records.kinds import Erasure, KeySet, Party, Receipt, ReleaseGrant, Retraction
from comity.stores import checking, directory, sending, speaking, trusting
from comity.stores.answering import STORED
from comity.stores.checking import HeldAct
from comity.stores.directory import PartyRow
from comity.values import PartyName, id_key

Row = TypeVar("Row")
_ANSWERING = (kind_of(Receipt), kind_of(Erasure))
_SPEAKING = (kind_of(Retraction), kind_of(Erasure), kind_of(ReleaseGrant))


def act_differences(node: Node, tx: Connection) -> Iterator[Found]:
    """Compare each of these tables with the acts that are held."""
    own = directory.own_party(tx)
    own_no = 0 if own is None else own.no
    yield from _compared("receipts", _receipts(tx, own_no), checking.receipt_rows(tx))
    yield from _compared("spoken_of", _spoken(tx), checking.spoken_rows(tx))
    yield from _of_sent(tx, own_no)
    yield from _of_keys(node, tx)


def _compared(table: str, wanted: Iterable[tuple[int, Row]], held: Iterable[tuple[int, Row]]) -> Iterator[Found]:
    """Compare two rows of rows that are ordered by the number of the act behind each."""
    asked = ((no, False, row) for no, row in wanted)
    there = ((no, True, row) for no, row in held)
    for no, group in groupby(heapq.merge(asked, there, key=itemgetter(0)), key=itemgetter(0)):
        want, have = set[Row](), set[Row]()
        for _, is_held, row in group:
            (have if is_held else want).add(row)
        if have - want:
            yield Found(table, str(no), "record_no", "no act of this number says so")
        elif want - have:
            yield Found(table, str(no), "record_no", "lacks what the act of this number says")


def _receipts(tx: Connection, own_no: int) -> Iterator[tuple[int, tuple[bytes, int, str, int]]]:
    for held in checking.acts_in_order(tx, _ANSWERING):
        act = _act(held)
        is_own = held.source_no == speaking.OWN
        # What the own node says that it has stored answers others, and stands in their tables.
        if isinstance(act, Receipt) and not (is_own and act.level == STORED):
            for name in dict.fromkeys(act.of):
                yield held.no, (bytes.fromhex(name), own_no if is_own else held.source_no, act.level, held.kept_ms)
        elif isinstance(act, Erasure) and act.answers is not None and not is_own:
            of = bytes.fromhex(act.answers)
            if checking.sent_before(tx, held.source_no, of, held.no) or sending.was_stated(tx, held.source_no, of):
                yield held.no, (of, held.source_no, sending.ERASED, held.kept_ms)


def _spoken(tx: Connection) -> Iterator[tuple[int, tuple[int, bytes]]]:
    for held in checking.acts_in_order(tx, _SPEAKING):
        act = _act(held)
        is_own = held.source_no == speaking.OWN
        keys = set[bytes]()
        if isinstance(act, ReleaseGrant):
            keys = set(map(bytes.fromhex, act.leaves))
        elif isinstance(act, Retraction) and not is_own:
            keys = {id_key(item.id) for item in act.items}
        elif isinstance(act, Erasure) and not is_own and act.answers is None and not act.erased:
            keys = set(map(bytes.fromhex, act.leaves))
        for key in keys:
            yield held.no, (held.source_no, key)


def _of_sent(tx: Connection, own_no: int) -> Iterator[Found]:
    parties = {row.no: row for row in directory.party_rows(tx)}
    sent = set[tuple[int, int]]()
    for no, party_no, digest, source_no, body in checking.sent_rows(tx):
        sent.add((no, party_no))
        if source_no != speaking.OWN or body is None:
            yield Found("sent_acts", str(no), "record_no", "no act of this party has this number")
        elif _payload_digest(body) != digest:
            yield Found("sent_acts", str(no), "sha256", "not the digest of the act")
        elif party_no == own_no or party_no not in parties:
            yield Found("sent_acts", str(no), "party_no", "not a party to which acts go")
    numbers = {row.name: row.no for row in parties.values()}
    for held in checking.acts_in_order(tx, (kind_of(Receipt),)):
        act = _act(held) if held.source_no == speaking.OWN else None
        if isinstance(act, Receipt) and act.level != STORED and (held.no, numbers.get(act.to)) not in sent:
            yield Found("sent_acts", str(held.no), "party_no", "lacks the party that the receipt is for")


def _of_keys(node: Node, tx: Connection) -> Iterator[Found]:
    named = {key.row.party_no for key in trusting.all_keys(tx)}
    accepted = _accepted_roots(tx)
    for party in directory.party_rows(tx):
        peer = trusting.peer_of(tx, party.no)
        if peer is None and not party.is_self:
            if party.no in named:
                yield Found("party_keys", party.name, "party_no", "its anchor was never accepted")
            continue
        root = node.keys.root_public if peer is None else bytes(peer.root_key)
        if peer is not None and root not in accepted.get(party.name, set()):
            yield Found("peers", party.name, "root_key", "not the one that was accepted")
        sets, odd = list[KeySet](), False
        for row in trusting.key_sets_of(tx, party.no):
            one = _key_set(bytes(row.envelope), root, party, row.serial, bytes(row.sha256))
            if one is None:
                odd = True
                yield Found("key_sets", f"{party.name} {row.serial}", "envelope", "not what its root key has signed")
            else:
                sets.append(one)
        if odd or not (sets or party.no in named):
            continue
        wanted = {key_row(party.no, key) for key in keys_of(PartyName(party.name), root, sets)}
        held = {key.row._replace(public=bytes(key.row.public)) for key in trusting.all_keys(tx, party.no)}
        for key_id in sorted({one.key_id for one in wanted ^ held}):
            yield Found("party_keys", f"{party.name} {key_id}", "key_id", "does not follow from its key sets")


def _accepted_roots(tx: Connection) -> dict[str, set[bytes]]:
    """Give the root keys that the node has accepted, by party: each by an act of its own."""
    roots: dict[str, set[bytes]] = {}
    for held in checking.acts_in_order(tx, (kind_of(Party),)):
        act = _act(held)
        if isinstance(act, Party) and act.root_key is not None:
            roots.setdefault(act.name, set()).add(bytes.fromhex(act.root_key))
    return roots


def _key_set(envelope: bytes, root: bytes, party: PartyRow, serial: int, digest: bytes) -> KeySet | None:
    try:
        verified = dsse.verify(envelope, {dsse.key_id(root): root})
        act = codec.decode(verified.payload)
    except RecordRejected:
        return None
    fits = hashlib.sha256(verified.payload).digest() == digest
    is_it = isinstance(act, KeySet) and act.issuer == party.name and act.serial == serial
    return act if fits and is_it and isinstance(act, KeySet) else None


def _act(held: HeldAct) -> object | UnreadAct:
    try:
        return codec.decode(dsse.unverified_payload(held.body))
    except RecordRejected:
        return None  # its own row is named


def _payload_digest(body: bytes) -> bytes:
    try:
        return hashlib.sha256(dsse.unverified_payload(body)).digest()
    except RecordRejected:
        return b""
