"""Makes and keeps the acts of this node's party: encoded once, signed, kept as those bytes; and reads those of others.

Whatever another party signed is read by `open_act` alone: judged by the keys of the time at which it was first seen.
"""

import hashlib
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys, ring_of
from comity.errors import NodeError
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.codec import SignedAct
from comity.records.dsse import Signer
from comity.records.key_judging import judge, open_judged
from comity.records.kinds.index import Act
from comity.records.stix import act_id
from comity.stores import directory, keeping
from comity.stores.keeping import NewRecord, empty_batch
from comity.stores.tables import ACT, LIVE
from comity.values import Instant, PartyName, id_key, iso
from comity.wire.keys import held_keys

SigningUse: TypeAlias = Literal["record", "log"]

SALT_BYTES = 16


class Head(NamedTuple):
    """What every act begins with."""

    rid: str
    issuer: PartyName
    at: str
    exercise: bool


def head(node: Node, now: Instant) -> Head:
    """Give the head of a new act of this node's party. One that needed a second person states when it was asked for."""
    now = now if node.making is None else node.making.stated(now)
    return Head(uuid7(node, now), PartyName(node.settings.party), iso(now), node.settings.exercise)


def uuid7(node: Node, now: Instant) -> str:
    """Make a UUIDv7 of the node's clock and entropy. RFC 9562 §5.7."""
    raw = bytearray(int(now).to_bytes(6, "big") + node.entropy(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return _dashed(bytes(raw))


def uuid4(node: Node) -> str:
    """Make a UUIDv4 of the node's entropy. RFC 9562 §5.4."""
    raw = bytearray(node.entropy(16))
    raw[6] = 0x40 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return _dashed(bytes(raw))


def open_act(node: Node, tx: Connection, envelope: bytes, witnessed: Instant) -> SignedAct:
    """Read an act that some known party signed.

    Args:
        witnessed: when this node first saw it.

    Raises:
        RecordRejected: what `key_judging.open_judged` refuses.
    """
    return open_judged(envelope, ring_of(tx), witnessed, exercise=node.settings.exercise)


def signer_for(node: Node, tx: Connection, use: SigningUse, now: Instant) -> Signer:
    """Give the newest key of the node that counts for a use now.

    Raises:
        NodeError: none does.
    """
    own = directory.own_party(tx)
    keys = () if own is None else tuple(key for key in known_keys(tx, own.no) if key.use == use)
    first = node.keys.record if use == "record" else node.keys.log
    if not keys:  # the root key was away when this version first opened the node: as the former version did
        return first
    good = {key.public for key in keys if judge(key, use, now) == "good"}
    if good == {first.public}:
        return first
    for held in reversed(held_keys(node.folder / "keys")):
        if held.use == use and held.signer is not None and held.public in good:
            return held.signer
    raise NodeError("no {use} key of this node counts now: run `comity key rotate --use {use}`", use=use)


def can_sign(node: Node, tx: Connection, now: Instant) -> bool:
    """Say whether any record key of the node counts now."""
    try:
        signer_for(node, tx, "record", now)
    except NodeError:
        return False
    return True


def payload_of(node: Node, act: Act) -> bytes:
    """Write an act's payload as it is to be signed: with its approval, if it needed one.

    Raises:
        RecordRejected: the act would be refused when read. Conflict: it is not what was approved.
    """
    payload = codec.encode(act)
    if node.making is None:
        return payload
    approved = node.making.passed(payload)
    codec.decode(approved)  # by the rules that a peer will use
    return approved


def keep_act(node: Node, tx: Connection, act: Act, now: Instant, *, envelope: bytes | None = None) -> int:
    """Sign and keep an act; gives its record number. It is queued for the log like any record.

    Args:
        envelope: if the act was signed already, by the root key.
    """
    if envelope is None:
        envelope = dsse.sign(payload_of(node, act), signer_for(node, tx, "record", now))
    stix_id = act_id(act)
    no = keeping.next_numbers(tx, 1)
    batch = empty_batch()
    batch.records.append(
        NewRecord(
            no, ACT, 0, id_key(stix_id), stix_id, kind_of(act), act.at, int(now) * 1000, 21,
            hashlib.sha256(envelope).digest(), node.entropy(SALT_BYTES), 0, 0, LIVE, None, None, None, None,
            int(now), envelope,
        )
    )  # fmt: skip
    keeping.keep(node.store, tx, batch)
    return no


def _dashed(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
