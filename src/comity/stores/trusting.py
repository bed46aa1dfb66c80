"""Keeps whom this node trusts: peers by their root key, key sets as received, and what they come to."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, insert, select, update

from comity.stores.bulk import row_of, rows_of
from comity.stores.federation_tables import key_sets, party_keys, peers
from comity.stores.tables import parties

ACCEPTED = "accepted"  # the state of a peer whose root key counts

_PARTY = bindparam("party", type_=Integer)


class PeerRow(NamedTuple):
    """A party whose root key this node has accepted. `anchor_us` is when the anchor says it was made."""

    party_no: int
    root_key: bytes
    endpoints: str
    anchor: bytes
    anchor_us: int
    accepted_by: str
    accepted_ms: int
    state: str


class KeySetRow(NamedTuple):
    """A key set as it was received. One that was refused is kept as evidence and counts for nothing."""

    party_no: int
    serial: int
    sha256: bytes
    envelope: bytes
    witnessed_ms: int
    refused: str | None


class PartyKeyRow(NamedTuple):
    """What counts about one key of one party."""

    party_no: int
    key_id: str
    use: str
    public: bytes
    valid_from_ms: int
    valid_until_ms: int | None
    suspect_from_ms: int | None


class NamedKeyRow(NamedTuple):
    """A key with the short name of its party."""

    party: str
    row: PartyKeyRow


_PEER = select(*(peers.c[name] for name in PeerRow._fields)).where(peers.c.party_no == _PARTY)
_KEYS = (
    select(parties.c.name, *(party_keys.c[name] for name in PartyKeyRow._fields))
    .join(parties, parties.c.no == party_keys.c.party_no)
    .order_by(parties.c.name, party_keys.c.valid_from_ms, party_keys.c.key_id)
)
_KEYS_OF = _KEYS.where(party_keys.c.party_no == _PARTY)


def peer_of(tx: Connection, party_no: int) -> PeerRow | None:
    """Give a peer by the number of its party."""
    row = row_of(tx, _PEER, party=party_no)
    return None if row is None else PeerRow._make(row)


def peer_with_root(tx: Connection, root_key: bytes) -> PeerRow | None:
    """Give the peer whose root key this is."""
    row = tx.execute(select(peers).where(peers.c.root_key == root_key)).first()
    return None if row is None else PeerRow._make(row)


def accepted_parties(tx: Connection) -> list[str]:
    """Give the short names of the parties whose root key this node has accepted, by name."""
    rows = tx.execute(
        select(parties.c.name)
        .join(peers, peers.c.party_no == parties.c.no)
        .where(peers.c.state == ACCEPTED)
        .order_by(parties.c.name)
    )
    return [row[0] for row in rows]


def put_peer(tx: Connection, row: PeerRow) -> None:
    """Enter a peer, or what a newer anchor says of it; its root key never changes."""
    changed = {"endpoints": row.endpoints, "anchor": row.anchor, "anchor_us": row.anchor_us}
    there = (peers.c.party_no == row.party_no, peers.c.root_key == row.root_key)
    if not tx.execute(update(peers).where(*there).values(changed)).rowcount:
        tx.execute(insert(peers).values(row._asdict()))


def key_sets_of(tx: Connection, party_no: int) -> list[KeySetRow]:
    """Give a party's key sets by serial, without those that were refused."""
    columns = [key_sets.c[name] for name in KeySetRow._fields]
    statement = select(*columns).where(key_sets.c.party_no == party_no, key_sets.c.refused.is_(None))
    return [KeySetRow._make(row) for row in tx.execute(statement.order_by(key_sets.c.serial))]


def refused_key_sets(tx: Connection) -> list[KeySetRow]:
    """Give the key sets that are kept as evidence, in the order in which they came."""
    columns = [key_sets.c[name] for name in KeySetRow._fields]
    rows = tx.execute(select(*columns).where(key_sets.c.refused.is_not(None)).order_by(key_sets.c.no))
    return [KeySetRow._make(row) for row in rows]


def keep_key_set(tx: Connection, row: KeySetRow) -> bool:
    """Keep a key set as it came; False if it is held already."""
    held = select(key_sets.c.no).where(key_sets.c.party_no == row.party_no, key_sets.c.sha256 == row.sha256)
    if tx.execute(held).first() is not None:
        return False
    tx.execute(insert(key_sets).values(row._asdict()))
    return True


def replace_keys(tx: Connection, party_no: int, rows: Iterable[PartyKeyRow]) -> None:
    """Put what a party's key sets come to in place of what they came to before."""
    tx.execute(delete(party_keys).where(party_keys.c.party_no == party_no))
    tx.execute(insert(party_keys), [row._asdict() for row in rows])


def all_keys(tx: Connection, party_no: int | None = None) -> list[NamedKeyRow]:
    """Give the keys of every party, or of one, by party and time."""
    rows = rows_of(tx, _KEYS) if party_no is None else rows_of(tx, _KEYS_OF, party=party_no)
    return [NamedKeyRow(row[0], PartyKeyRow._make(row[1:])) for row in rows]
