"""Signs what still stands anew where the key that signed it counts no more, and lets key sets go first.

Not a verb: whatever leaves for a peer passes here. Statements that wait for a reader, and acts in line, may be signed
by a key that was rotated away or revoked since; their receiver judges them by the keys of the time at which it first
sees them, and would stop there for ever. The payload stays to the byte, so numbers, chain and receipts stay; what is
held here keeps the envelope that the log covers. Only what this node's own database holds as its party's is signed
anew: whoever stole a key put nothing there.
"""

from sqlalchemy import Connection

from comity.desk.acts import signer_for
from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys
from comity.errors import NodeError
from comity.records import dsse
from comity.records.base import kind_of
from comity.records.key_judging import RECORD, judge
from comity.records.kinds import KeySet
from comity.stores import directory, keeping, work
from comity.values import Instant


def signed_now(node: Node, tx: Connection, envelope: bytes, now: Instant) -> bytes:
    """Give an own envelope as it may leave now: as it is, or signed by the key that counts.

    Raises:
        NodeError: no key counts. Sent as it is, it would be refused there for good, and accuse this node.
    """
    own = directory.own_party(tx)
    keys = () if own is None else tuple(key for key in known_keys(tx, own.no) if key.use == RECORD)
    stale = {key.key_id for key in keys if judge(key, RECORD, now) != "good"}
    if not stale:
        return envelope
    if not set(dsse.signers_named(envelope)) <= stale:
        return envelope
    return dsse.sign(dsse.unverified_payload(envelope), signer_for(node, tx, "record", now))


def signed_if_any(node: Node, tx: Connection, envelope: bytes, now: Instant) -> bytes | None:
    """Give an act of the line as it may leave now; None if it has to wait until a key counts again."""
    try:
        return signed_now(node, tx, envelope, now)
    except NodeError:
        return None


def key_sets_in_line(tx: Connection, party: str) -> list[tuple[int, bytes]]:
    """Give (message, payload) of the key sets that wait for a party: what else leaves may be signed by their keys."""
    nos = keeping.own_acts(tx, (kind_of(KeySet),))
    return work.waiting_among(tx, party, work.ACT_MESSAGE, [str(no).encode() for no in nos])


def acts_in_line(tx: Connection, party: str, limit: int) -> list[tuple[int, bytes]]:
    """Give (message, payload) of the first acts that wait for a party, key sets before all else."""
    first = dict(key_sets_in_line(tx, party))
    rest = dict(work.waiting_for(tx, party, work.ACT_MESSAGE, limit))
    return list((first | rest).items())[:limit]
