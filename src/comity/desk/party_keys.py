"""Keeps the keys of parties as their key sets come, and gives them for judging.

Not a verb: what makes, accepts or reads signed acts shares it.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.errors import StoreError
from comity.records import codec, dsse
from comity.records.dsse import KeyId
from comity.records.key_judging import JudgedKey, Keyring, admit, keyring, keys_of
from comity.records.kinds import KeySet
from comity.stores import trusting
from comity.stores.directory import PartyRow
from comity.stores.trusting import KeySetRow, NamedKeyRow, PartyKeyRow
from comity.values import Instant, PartyName


class HeldKeySet(NamedTuple):
    """A key set that was verified by its root key, as it came."""

    key_set: KeySet
    payload: bytes
    envelope: bytes


def ring_of(tx: Connection) -> Keyring:
    """Give the keys of every party that this node knows, its own among them."""
    return keyring(_party_key(named) for named in trusting.all_keys(tx))


def known_keys(tx: Connection, party_no: int) -> tuple[JudgedKey, ...]:
    """Give the keys of one party, by time."""
    return tuple(_party_key(named) for named in trusting.all_keys(tx, party_no))


def held_sets(tx: Connection, party_no: int) -> tuple[HeldKeySet, ...]:
    """Give a party's key sets by serial. They were verified when they were kept."""
    return tuple(_held(row) for row in trusting.key_sets_of(tx, party_no))


def newest_set(tx: Connection, party_no: int) -> HeldKeySet | None:
    """Give the key set of the highest serial."""
    held = held_sets(tx, party_no)
    return held[-1] if held else None


def check_set(tx: Connection, party: PartyRow, held: HeldKeySet) -> bool:
    """Say whether a verified key set brings anything new.

    Raises:
        RecordRejected: rollback or equivocation, see `key_judging.admit`.
    """
    known = {row.serial: row.sha256.hex() for row in trusting.key_sets_of(tx, party.no)}
    return admit(known, held.key_set, codec.digest(held.payload))


def take_set(tx: Connection, party: PartyRow, root: bytes, held: HeldKeySet, now: Instant) -> None:
    """Keep a key set that was checked, and make the party's keys anew."""
    trusting.keep_key_set(tx, _row(party, held, now, None))
    sets = [one.key_set for one in held_sets(tx, party.no)]
    rows = [key_row(party.no, key) for key in keys_of(PartyName(party.name), root, sets)]
    trusting.replace_keys(tx, party.no, rows)


def keep_evidence(node: Node, party: PartyRow, held: HeldKeySet, why: str, now: Instant) -> None:
    """Keep a key set that contradicts what is known, in a transaction of its own: the refusal undoes the other."""
    with node.store.write() as tx:
        trusting.keep_key_set(tx, _row(party, held, now, why))


def _row(party: PartyRow, held: HeldKeySet, now: Instant, refused: str | None) -> KeySetRow:
    digest = hashlib.sha256(held.payload).digest()
    return KeySetRow(party.no, held.key_set.serial, digest, held.envelope, int(now), refused)


def _held(row: KeySetRow) -> HeldKeySet:
    payload = dsse.unverified_payload(bytes(row.envelope))
    key_set = codec.decode(payload)
    if not isinstance(key_set, KeySet):
        raise StoreError("a key set in the database is none: restore the node from its last backup")
    return HeldKeySet(key_set, payload, bytes(row.envelope))


def _party_key(named: NamedKeyRow) -> JudgedKey:
    row = named.row
    return JudgedKey(
        party=PartyName(named.party),
        key_id=KeyId(row.key_id),
        use=row.use,
        public=bytes(row.public),
        valid_from=Instant(row.valid_from_ms),
        valid_until=None if row.valid_until_ms is None else Instant(row.valid_until_ms),
        suspect_from=None if row.suspect_from_ms is None else Instant(row.suspect_from_ms),
    )


def key_row(party_no: int, key: JudgedKey) -> PartyKeyRow:
    """Give a key as the table of keys has it."""
    return PartyKeyRow(
        party_no, key.key_id, key.use, key.public, key.valid_from, key.valid_until, key.suspect_from
    )  # fmt: skip
