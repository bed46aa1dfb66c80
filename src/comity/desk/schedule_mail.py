"""Looks into the node's mailbox in its time, while the node is served.

Not a verb.
"""

import logging
import threading
import time

from comity.desk.node_type import Node
from comity.desk.poll_mail import PollMailRequest, poll_mail
from comity.desk.schedule_sync import LOOK_EVERY_S, SCHEDULER
from comity.errors import ComityError

log = logging.getLogger("comity.mail")


def run_mailbox(node: Node, stop: threading.Event) -> None:
    """Look every `mail_every_s` seconds, until told to stop; a visit that goes on is waited for."""
    due = 0.0
    while not stop.wait(LOOK_EVERY_S):
        if time.monotonic() < due:
            continue
        try:
            poll_mail(node, SCHEDULER, PollMailRequest())
        except ComityError:
            log.info("the mailbox could not be looked at; it is tried again", exc_info=True)
        except Exception:
            log.exception("looking into the mailbox failed; it is tried again")
        due = time.monotonic() + node.settings.mail_every_s
