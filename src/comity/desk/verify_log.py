"""Compares what the node holds with its log: entries, tiles, checkpoints, covered columns, bytes and derived tables."""

from collections.abc import Callable
from itertools import chain

import msgspec

from comity.desk.actor import Actor
from comity.desk.log_keys import own_log_keys
from comity.desk.node_type import Node
from comity.desk.quiet import collector_resting
from comity.desk.verb import Progress, Report, no_report
from comity.desk.verify_acts import act_differences
from comity.desk.verify_records import RecordCheck, range_differences
from comity.desk.verify_tree import Found, checkpoint_differences, tree_differences
from comity.errors import NotFound
from comity.stores import checking, log
from comity.stores.lock_store import LockStore

MOST_SHOWN = 1000


class VerifyLogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked: all of it is compared."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that differs: `row` is a record's number, a tile, the size of a checkpoint or an index of the log."""

    table: str
    row: str
    column: str
    how: str


class LogVerified(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared and what differs; `sound` if nothing does. At most 1,000 differences are listed."""

    sound: bool
    origin: str
    size: int
    checkpoint_size: int
    records: int
    erased: int
    erased_before_log: int  # no act names them: they were erased before there was a log
    waiting: int  # records that the sequencer has not numbered yet
    differing: int
    differences: tuple[Difference, ...]


def verify_log(node: Node, actor: Actor, request: VerifyLogRequest, *, progress: Report = no_report) -> LogVerified:
    """Compare everything, in one state of the database. On a large node this takes minutes.

    Raises:
        NotFound: there is no log yet.
    """
    held = LockStore(node.folder).current()
    with node.store.read() as tx, collector_resting():
        state = log.log_state(tx)
        if state is None:
            raise NotFound("this node has no log yet: it begins with the first record that is numbered")
        last = log.last_checkpoint(tx, state.origin)
        check = RecordCheck(tx, state.began_no, node.settings.party)
        found, count = list[Found](), 0
        for one in chain(
            tree_differences(tx, state, _told(progress, state.size, "hashing the log")),
            checkpoint_differences(tx, state, own_log_keys(node, tx), held),
            range_differences(
                tx, check, state.size, state.numbered, _told(progress, state.size, "comparing the records")
            ),
            act_differences(node, tx),
        ):
            count += 1
            if count <= MOST_SHOWN:
                found.append(one)
        waiting = checking.waiting_beyond(tx, check.last_no)
    return LogVerified(
        sound=not count,
        origin=state.origin,
        size=state.size,
        checkpoint_size=last.size if last else 0,
        records=check.records,
        erased=check.erased,
        erased_before_log=check.erased_before,
        waiting=waiting,
        differing=count,
        differences=tuple(Difference(**one._asdict()) for one in found),
    )


def _told(progress: Report, total: int, phase: str) -> Callable[[int], None]:
    def step(done: int) -> None:
        progress(Progress(done=done, total=total, unit="entries", phase=phase))

    return step
