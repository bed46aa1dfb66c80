"""Tells people in its time what needs them, while the node is served.

Not a verb.
"""

import logging
import threading
import time

from comity.desk.node_type import Node
from comity.desk.schedule_sync import LOOK_EVERY_S, SCHEDULER, Stopped
from comity.desk.send_notices import RunNoticesRequest, run_notices
from comity.desk.verb import Progress
from comity.errors import ComityError

log = logging.getLogger("comity.notices")


def run_notifier(node: Node, stop: threading.Event) -> None:
    """Look every `notice_every_s` seconds, until told to stop; a message that goes is waited for."""

    def report(progress: Progress) -> None:
        if stop.is_set():
            raise Stopped

    due = 0.0
    while not stop.wait(LOOK_EVERY_S):
        if time.monotonic() < due or node.store.read_only:
            continue
        try:
            run_notices(node, SCHEDULER, RunNoticesRequest(), progress=report)
        except (ComityError, Stopped):
            log.info("telling people stopped early", exc_info=True)
        except Exception:
            log.exception("telling people failed; it is tried again")
        due = time.monotonic() + node.settings.notice_every_s
