"""Runs the one sequencer of a node that serves, for as long as it does."""

import threading
from contextlib import suppress

from comity.desk.erasing import clear_files
from comity.desk.make_checkpoint import checkpoint_due, make_checkpoint
from comity.desk.node_type import Node
from comity.desk.retry_quarantine import retry_quarantine
from comity.desk.sequence import Sequencer
from comity.errors import Busy, NodeError, ReadOnly, StoreError

IDLE_S = 0.5
LOOK_MS = 1000  # how often the loop asks whether a checkpoint is due


def run_sequencer(node: Node, stop: threading.Event, wake: threading.Event) -> None:
    """Do steps until told to stop; sleeps until woken or for half a second when nothing is left.

    Now and then it makes a checkpoint of the log. While the node is read-only there is nothing to be done.
    """
    while True:
        if not node.store.read_only:
            with suppress(ReadOnly):  # found out while it ran: others still read
                _run_steps(node, stop, wake)
        if stop.wait(IDLE_S if node.store.read_only else 0):
            return


def _run_steps(node: Node, stop: threading.Event, wake: threading.Event) -> None:
    sequencer = Sequencer(node)
    with suppress(Busy, StoreError):  # what cannot be written now is tried at the next start
        retry_quarantine(node)
    looked_ms = 0
    while not stop.is_set():
        wake.clear()
        try:
            busy = sequencer.step()
            if abs(node.clock() - looked_ms) >= LOOK_MS:
                looked_ms = int(node.clock())
                if checkpoint_due(node):
                    make_checkpoint(node)
        except (Busy, StoreError, NodeError):
            # A full disk, a busy database, a key that has just ended: keep what is queued and try again.
            busy = False
        if not busy:
            with suppress(Busy, StoreError):
                clear_files(node, wait_s=0)
            wake.wait(IDLE_S)
