"""Submits to each outlet in its time, while the node is served: one after the other, beside the reading of peers.

Not a verb.
"""

import logging
import threading

from comity.desk.node_type import Node
from comity.desk.outlets import outlets_of
from comity.desk.schedule_sync import LOOK_EVERY_S, SCHEDULER, Stopped
from comity.desk.submit_to_outlets import SubmitRequest, outlets_due, submit_to_outlets
from comity.desk.verb import Progress
from comity.errors import ComityError

log = logging.getLogger("comity.submit")


def run_submitter(node: Node, stop: threading.Event) -> None:
    """Look every second whose time has come, until told to stop; a batch that goes is waited for."""

    def report(progress: Progress) -> None:
        if stop.is_set():
            raise Stopped

    while not stop.wait(LOOK_EVERY_S):
        try:
            if outlets_due(outlets_of(node), node.clock()):
                submit_to_outlets(node, SCHEDULER, SubmitRequest(due_only=True), progress=report)
        except (ComityError, Stopped):
            log.info("submitting stopped early", exc_info=True)
        except Exception:
            log.exception("submitting failed; it is tried again")
