"""Makes and keeps the acts of this node's party: encoded once, signed, kept as those bytes."""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.kinds.index import Act
from comity.records.stix import act_id
from comity.stores import keeping
from comity.stores.keeping import NewRecord, empty_batch
from comity.stores.tables import ACT, LIVE
from comity.values import Instant, PartyName, id_key, iso

SALT_BYTES = 16


class Head(NamedTuple):
    """What every act begins with."""

    rid: str
    issuer: PartyName
    at: str
    exercise: bool


def head(node: Node, now: Instant) -> Head:
    """Give the head of a new act of this node's party."""
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


def keep_act(node: Node, tx: Connection, act: Act, now: Instant) -> int:
    """Sign and keep an act; gives its record number. It is queued for the log like any record."""
    payload = codec.encode(act)
    envelope = dsse.sign(payload, node.keys.record)
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
