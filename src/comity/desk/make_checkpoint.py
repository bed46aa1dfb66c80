"""Makes a checkpoint of the log: padded, locked, signed, kept, in this order.

Not a verb: the sequencer's loop, the command and the export of proofs share it. Tiles are durable before the lock store
takes the new state, and that before anything is signed: so nothing is ever signed that could be lost or contradicted.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.desk.log_keys import is_signed_by, log_signers
from comity.desk.node_type import Node
from comity.desk.settings_type import Settings
from comity.errors import Conflict, NodeError, ReadOnly, RecordRejected, StoreError
from comity.records.dsse import Signer
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.note import NoteKey
from comity.records.log.tree import Tree
from comity.stores import log
from comity.stores.lock_store import Locked, LockStore
from comity.stores.log import SignedCheckpoint

EVERY_MS = 60_000
WAY_OUT = "put the newer database back, or give this log up: comity log renew"
_TRIES = 5


def first_origin(settings: Settings) -> str:
    """Give the name of a node's first log."""
    return settings.log_origin or f"{settings.party}/comity/1"


def checkpoint_due(node: Node) -> bool:
    """Whether the log has entries that no checkpoint states, and the last checkpoint is a minute old.

    Not while no key of the log counts: nothing can be signed then, and all else goes on.
    """
    now = node.clock()
    with node.store.read() as tx:
        state = log.log_state(tx)
        last = None if state is None else log.last_checkpoint(tx, state.origin)
        if state is None or state.size == (last.size if last else 0):
            return False
        if last is not None and 0 <= now - last.at_ms < EVERY_MS:
            return False
        try:
            return bool(log_signers(node, tx, now))
        except NodeError:
            return False


def make_checkpoint(node: Node) -> SignedCheckpoint | None:
    """Make a checkpoint of all that is logged; None if there is no log.

    The last one is given if it states all and is signed by the present keys.

    Raises:
        ReadOnly: the lock store holds what this log does not lead on from; from now on the node writes nothing.
        StoreError: tiles are missing. NodeError: no key of the log counts now.
    """
    with node.store.write() as tx:
        state = log.log_state(tx)
        last = None if state is None else log.last_checkpoint(tx, state.origin)
        if state is None:
            return None
        signers = log_signers(node, tx, node.clock())
        if last is not None and last.size == state.size and _is_theirs(last, signers):
            return last
        state = log.pad(node.store, tx, state, node.entropy)
        root = _root(tx, state.size)
        if not root:
            raise StoreError("the log is damaged and cannot be signed: run log verify")
    locked = _lock(node, Locked(state.origin, state.size, root))
    now = node.clock()
    note = sign_checkpoint(Checkpoint(*locked), *signers)
    made = SignedCheckpoint(locked.origin, locked.size, locked.root, int(now), note)
    with node.store.write() as tx:
        log.put_checkpoint(tx, made)
    return made


def _is_theirs(checkpoint: SignedCheckpoint, signers: Sequence[Signer]) -> bool:
    """Whether all these keys signed a checkpoint: else it is by the key before them."""
    return is_signed_by(checkpoint.note, [NoteKey(checkpoint.origin, one.public) for one in signers])


def _lock(node: Node, wanted: Locked) -> Locked:
    """Let the lock store take a state in; gives the state that it holds then, further on if another was quicker."""
    lock_store = LockStore(node.folder)
    for _ in range(_TRIES):
        held = lock_store.current()
        why = contradiction(node, held)
        if held is None or why:
            hold(node, why)
            raise ReadOnly(node.store.read_only)
        if held.size >= wanted.size:
            return held
        try:
            lock_store.swap(held, wanted)
        except Conflict:
            continue
        return wanted
    raise Conflict("the log is signed by others all the time")


def hold(node: Node, why: str) -> None:
    """Let a node write nothing from now on, and say so; without a reason, let it write again."""
    node.store.read_only = f"the node is read-only: {why}; {WAY_OUT}" if why else ""
    LockStore(node.folder).hold(node.store.read_only)


def contradiction(node: Node, held: Locked | None) -> str:
    """Say why the database's log does not lead on from the locked state; empty if it does."""
    with node.store.read() as tx:
        state = log.log_state(tx)
        root = None
        if state is not None and held is not None and state.size >= held.size:
            root = _root(tx, held.size)
    if held is None:
        return "the lock store of the log is missing, so nobody can tell what was signed before" if state else ""
    if state is None:
        return (
            "" if held.size == 0 else f"the database has no log, and {held.size} entries of {held.origin} were signed"
        )
    if state.origin != held.origin:
        return f"the database is of the log {state.origin}, and the newest is {held.origin}"
    if state.size < held.size:
        return f"the database is older than the log: it has {state.size} entries, and {held.size} were signed"
    return "" if root == held.root else f"the first {held.size} entries are not those that were signed"


def _root(tx: Connection, size: int) -> bytes:
    """Give the root of so many entries; where tiles are missing, a root that no log has."""
    try:
        return Tree(log.tile_reader(tx)).root(size)
    except RecordRejected:
        return b""
