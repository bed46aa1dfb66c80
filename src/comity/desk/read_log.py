"""Gives out the log as anybody may read it: the newest checkpoint, and what of the tiles it states, nothing beyond.

What was logged since the last checkpoint is not shown: it would tell the volume between two of them.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.errors import NotFound, RecordRejected
from comity.records.log.tiles import ENTRIES, cut_bundle, read_path
from comity.records.log.tree import HASH_BYTES, TILE_WIDTH
from comity.stores import log
from comity.stores.log import SignedCheckpoint


class LogTile(NamedTuple):
    """A tile or bundle; a full one never changes."""

    body: bytes
    is_full: bool


def read_checkpoint(node: Node) -> bytes:
    """Give the newest checkpoint.

    Raises:
        NotFound: none was made yet.
    """
    with node.store.read() as tx:
        return _published(tx).note


def read_tile(node: Node, path: str) -> LogTile:
    """Give what stands at a path below `tile/`.

    Raises:
        NotFound: no such path, or not under the newest checkpoint.
    """
    try:
        name = read_path(path)
    except RecordRejected as exc:
        raise NotFound("no such tile") from exc
    with node.store.read() as tx:
        if name.end > _published(tx).size:
            raise NotFound("no such tile")
        if name.level == ENTRIES:
            body = cut_bundle(log.bundle_of(tx, name.number), name.width)
        else:
            body = log.tile_reader(tx)(name.level, name.number)[: name.width * HASH_BYTES]
    return LogTile(body, name.width == TILE_WIDTH)


def _published(tx: Connection) -> SignedCheckpoint:
    state = log.log_state(tx)
    last = None if state is None else log.last_checkpoint(tx, state.origin)
    if last is None:
        raise NotFound("no checkpoint was made yet")
    return last
