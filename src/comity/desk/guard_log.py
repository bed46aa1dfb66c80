"""Decides, whenever a node is opened, whether its log may go on: if not, nothing is written, and everyone is told so.

A database from an old backup lacks entries that were signed and shown. If it went on, the node would sign a second
history, and every peer would hold the proof.
"""

from comity.desk.make_checkpoint import contradiction, first_origin, hold
from comity.desk.node_type import Node
from comity.stores import log
from comity.stores.lock_store import LockStore


def guard_log(node: Node) -> None:
    """Compare log and lock store; where they contradict each other the store is read-only from now on.

    Raises:
        StoreError: one of them cannot be read.
    """
    lock_store = LockStore(node.folder)
    held = lock_store.current()
    with node.store.read() as tx:
        state = log.log_state(tx)
    if held is None and state is None:  # a new node, or one from before there was a log
        lock_store.begin(first_origin(node.settings))
        return
    hold(node, contradiction(node, held))
