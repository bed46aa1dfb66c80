"""Decides which keys sign the node's log, and by which keys a party's checkpoint is judged: those of its time.

Not a verb. While a rotation lets two keys count, both sign each checkpoint: whoever has heard of one of them only can
verify it. The key set that tells of a new key makes the log grow, so the next checkpoint bears the new signature.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from comity.desk.acts import signer_for
from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys
from comity.errors import RecordRejected
from comity.records.dsse import Signer, key_id
from comity.records.key_judging import JudgedKey, judge
from comity.records.log.checkpoint import Checkpoint, open_checkpoint
from comity.records.log.note import NoteKey, read_note, verify_note
from comity.stores import directory
from comity.stores.log import SignedCheckpoint
from comity.values import Instant, PartyName
from comity.wire.keys import held_keys

LOG: Final = "log"


def log_signers(node: Node, tx: Connection, now: Instant) -> tuple[Signer, ...]:
    """Give the keys of the node that count for its log now and lie here, the newest first.

    Raises:
        NodeError: none does.
    """
    first = signer_for(node, tx, LOG, now)
    good = {key.public for key in own_log_keys(node, tx) if judge(key, LOG, now) == "good"}
    held = (key.signer for key in reversed(held_keys(node.folder / "keys")) if key.use == LOG)
    return (first, *(one for one in held if one is not None and one.public in good and one.public != first.public))


def log_key(node: Node, origin: str) -> NoteKey:
    """Give the key that signs checkpoints now, for those who verify them.

    Raises:
        NodeError: none counts.
    """
    with node.store.read() as tx:
        return NoteKey(origin, signer_for(node, tx, LOG, node.clock()).public)


def log_keys_of(tx: Connection, party_no: int) -> tuple[JudgedKey, ...]:
    """Give every key that a party has stated for its log."""
    return tuple(key for key in known_keys(tx, party_no) if key.use == LOG)


def own_log_keys(node: Node, tx: Connection) -> tuple[JudgedKey, ...]:
    """Give every key that this node has had for its log.

    Where none is stated it is the first: the root key was away when this version first opened the node.
    """
    own, public = directory.own_party(tx), node.keys.log.public
    stated = () if own is None else log_keys_of(tx, own.no)
    party = PartyName(node.settings.party)
    first = JudgedKey(party=party, key_id=key_id(public), use=LOG, public=public, valid_from=Instant(0))
    return stated or (first,)


def counting(keys: Sequence[JudgedKey], origin: str, at: Instant) -> tuple[NoteKey, ...]:
    """Give those of these keys that count for a log at a time."""
    return tuple(NoteKey(origin, key.public) for key in keys if judge(key, LOG, at) == "good")


def key_of(node: Node, checkpoint: SignedCheckpoint) -> NoteKey | None:
    """Give the key that a checkpoint of this node is to be verified with: one that signed it, and counted then."""
    with node.store.read() as tx:
        keys = counting(own_log_keys(node, tx), checkpoint.origin, Instant(checkpoint.at_ms))
    try:
        return opened_by(checkpoint.note, keys)[1]
    except RecordRejected:
        return None  # it has turned out to be suspect since


def opened_by(note: bytes, keys: Sequence[NoteKey]) -> tuple[Checkpoint, NoteKey]:
    """Read a checkpoint that some of these keys signed; gives the first of those too, in the note's order.

    Raises:
        RecordRejected: what `open_checkpoint` refuses; no-known-signer if none of them signed.
    """
    key = verify_note(read_note(note), keys)[0]
    return open_checkpoint(note, key), key


def is_signed_by(note: bytes, keys: Sequence[NoteKey]) -> bool:
    """Whether each of these keys signed a checkpoint."""
    try:
        return bool([open_checkpoint(note, key) for key in keys])
    except RecordRejected:
        return False
