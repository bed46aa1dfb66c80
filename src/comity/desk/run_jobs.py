"""Does the jobs of a node: longer work that requests only ask for, under lease, tried again, and given up in the end.

Not a verb: `comity serve` runs it beside its requests.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from comity.desk.begin_intake import KEPT_FOR_MS
from comity.desk.intake_tally import JOB
from comity.desk.node_type import Node
from comity.desk.run_intake import LEASE_MS, LeaseLost, end_badly, run_intake
from comity.errors import Busy, ComityError, NodeError, ReadOnly, StoreError
from comity.stores import registers, taking, work
from comity.stores.work import Work
from comity.values import Instant

LOOK_EVERY_S = 0.25
FORGET_EVERY_MS = 3_600_000
_LATER = (Busy, StoreError, ReadOnly, NodeError)  # the node's turn: the same work goes well later

log = logging.getLogger("comity.jobs")


class Doing(NamedTuple):
    """How one kind of job is done, and how it is ended if it cannot be."""

    run: Callable[[Node, Work, threading.Event], None]
    end: Callable[[Node, bytes, int, str], None]


KINDS: Mapping[str, Doing] = {JOB: Doing(run_intake, end_badly)}


def run_jobs(node: Node, stop: threading.Event) -> None:
    """Do what is due, one after the other, until told to stop; a part that goes on is waited for.

    What a process before this one had under lease is taken over at once.
    """
    taken_over, forgot_ms = False, 0
    while not stop.wait(LOOK_EVERY_S):
        if node.store.read_only:
            continue
        try:
            if not taken_over:
                with node.store.write() as tx:
                    work.free(tx, "jobs")
                taken_over = True
            if node.clock() - forgot_ms >= FORGET_EVERY_MS:
                forgot_ms = int(node.clock())
                with node.store.write() as tx:
                    taking.forget_ended(tx, Instant(forgot_ms - KEPT_FOR_MS))
                    registers.forget_answers(tx, Instant(forgot_ms - KEPT_FOR_MS))
            while not stop.is_set() and do_next(node, stop):
                pass
        except ComityError:
            log.info("jobs could not be looked for; it is tried again", exc_info=True)
        except Exception:
            log.exception("a job failed; it is tried again")


def do_next(node: Node, stop: threading.Event, kinds: Mapping[str, Doing] = KINDS) -> bool:
    """Do one job; False if none is due."""
    now = node.clock()
    with node.store.read() as tx:
        if not work.is_due(tx, "jobs", now):
            return False
    with node.store.write() as tx:
        leased = work.lease(tx, "jobs", now, LEASE_MS)
    _bury(node, kinds)
    if leased is None:
        return False
    doing = kinds.get(leased.kind)
    if doing is None:
        with node.store.write() as tx:
            work.abandon(tx, "jobs", leased, "this version does not know such work")
        return True
    try:
        doing.run(node, leased, stop)
    except LeaseLost:
        log.info("another worker goes on with job %d", leased.no)
    except _LATER as error:
        _later(node, leased, error, kinds)
    except ComityError as error:
        with node.store.write() as tx:
            work.abandon(tx, "jobs", leased, str(error))
        _bury(node, kinds)
    except Exception as error:
        _later(node, leased, type(error).__name__, kinds)
        raise
    return True


def _later(node: Node, leased: Work, error: ComityError | str, kinds: Mapping[str, Doing]) -> None:
    with node.store.write() as tx:
        work.fail(tx, "jobs", leased, str(error), node.clock())
    _bury(node, kinds)


def _bury(node: Node, kinds: Mapping[str, Doing]) -> None:
    """End what was given up, so that who asked for it is told, and its content goes."""
    with node.store.read() as tx:
        dead = [one for one in work.dead_letters(tx, "jobs") if one[1] in kinds]
    for no, kind, error in dead:
        with node.store.read() as tx:  # one after the other: what they hold is large
            payload = work.payload_of(tx, "jobs", no)
        kinds[kind].end(node, payload, no, error)
