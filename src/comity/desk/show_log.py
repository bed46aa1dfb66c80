"""Says how the log is: its name, its key, how far it goes, what was signed, and whether it may go on."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.log_keys import log_key
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.errors import NotFound, NotPermitted
from comity.stores import log
from comity.stores.lock_store import LockStore
from comity.values import Instant, iso


class ShowLogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class LogShown(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the log. `key` is what others verify checkpoints and proofs with; it is no secret."""

    origin: str
    key: str
    size: int
    checkpoint_size: int
    checkpoint_at: str | None
    checkpoint_root: str | None
    locked_size: int | None
    read_only: str


class CheckpointRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class CheckpointMade(msgspec.Struct, frozen=True, kw_only=True):
    """The newest checkpoint, as it is signed."""

    origin: str
    size: int
    note: str


def show_log(node: Node, actor: Actor, request: ShowLogRequest) -> LogShown:
    """Show the state of the log.

    Raises:
        NotFound: there is none yet.
    """
    held = LockStore(node.folder).current()
    with node.store.read() as tx:
        state = log.log_state(tx)
        last = None if state is None else log.last_checkpoint(tx, state.origin)
    if state is None:
        raise NotFound("this node has no log yet: it begins with the first record that is numbered")
    return LogShown(
        origin=state.origin,
        key=log_key(node, state.origin).text,
        size=state.size,
        checkpoint_size=last.size if last else 0,
        checkpoint_at=iso(Instant(last.at_ms)) if last else None,
        checkpoint_root=last.root.hex() if last else None,
        locked_size=held.size if held else None,
        read_only=node.store.read_only,
    )


def checkpoint_log(node: Node, actor: Actor, request: CheckpointRequest) -> CheckpointMade:
    """Make a checkpoint now, unless the last one states all there is.

    Raises:
        NotPermitted: the role may not. NotFound: there is no log yet. ReadOnly: it may not go on.
        NodeError: no key of the log counts now.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("log checkpoint is not open to the role {role}", role=actor.role)
    made = make_checkpoint(node)
    if made is None:
        raise NotFound("this node has no log yet: it begins with the first record that is numbered")
    return CheckpointMade(origin=made.origin, size=made.size, note=made.note.decode())
