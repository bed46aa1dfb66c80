"""Takes content in part by part: what was kept, how far it is and the lease of it stand or fall in one transaction.

So a node that is killed goes on with the next part, and no object is counted or kept twice. Read once, the objects
stand in the job: of tables, mails and events of MISP a second reading would make other bytes.
"""

import threading

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.begin_intake import IntakeJob
from comity.desk.carry_approved import must_still_ask
from comity.desk.intake import Intake, Kept
from comity.desk.intake_tally import Content, Tally
from comity.desk.node_type import Node
from comity.desk.sequence import Sequencer
from comity.desk.take_in import begun, facts_noted, keep_part, read_content, source_for, with_readers
from comity.errors import Conflict
from comity.stores import taking, work
from comity.stores.taking import IntakeRow
from comity.stores.work import Work
from comity.values import Instant
from comity.wire.bundles import Found
from comity.wire.warning_files import read_warning_lists

PART_OBJECTS = 250
LEASE_MS = 30_000  # longer than a part takes, and than reading what one request may hold


class LeaseLost(Conflict):
    """Another worker has taken the work; what this one was about to do is undone."""


def run_intake(node: Node, leased: Work, stop: threading.Event) -> None:
    """Go on with an intake until it is done, or told to stop; then it is given back.

    Raises:
        LeaseLost: another worker has it. Conflict: who asked may not ask any more. ComityError: what reading refuses.
    """
    job = msgspec.msgpack.decode(leased.payload, type=IntakeJob)
    with node.store.read() as tx:
        row = taking.intake(tx, job.id)
        if row is not None:
            must_still_ask(tx, row.asked_by, row.asked_via, row.asked_role)
    if row is None or row.state not in taking.RUNNING:
        with node.store.write() as tx:
            if work.renew(tx, "jobs", leased, node.clock()):  # else it is gone, and its number may be another's
                work.finish(tx, "jobs", leased.no)
        return
    asked = row.asked_by, row.asked_via, row.asked_role
    content = job.content if job.content is not None else _read(node, leased, job)
    source, sequencer = source_for(node, job.request), Sequencer(node)
    intake, lists = Intake(node, source), read_warning_lists(node.folder)
    for start in range(row.done, len(content.founds), PART_OBJECTS):
        if stop.is_set():
            with node.store.write() as tx:
                work.let_go(tx, "jobs", leased)
            return
        part = content.founds[start : start + PART_OBJECTS]

        def keep(tx: Connection, now: Instant, start: int = start, part: list[Found] = part) -> Kept:
            _renewed(tx, leased, now)
            must_still_ask(tx, *asked)
            kept, tally = keep_part(tx, intake, part, _tally(tx, job.id, content), lists, now)
            done = start + len(part)
            taking.go_on(tx, job.id, taking.KEEPING, done, len(content.founds), msgspec.msgpack.encode(tally))
            return kept

        sequencer.keep(keep)
    _finish(node, leased, job, row, content)


class _Whose(msgspec.Struct, frozen=True):
    """Which intake a job is for: all that is read of what may be unreadable otherwise, as of another version."""

    id: str = ""


def end_badly(node: Node, payload: bytes, no: int, error: str) -> None:
    """Say of an intake why it failed, and let its content go; what was kept of it stays."""
    try:
        whose = msgspec.msgpack.decode(payload, type=_Whose)
    except msgspec.DecodeError:
        whose = _Whose()
    now = node.clock()
    with node.store.write() as tx:
        row = taking.intake(tx, whose.id)
        if row is not None:
            taking.end(tx, whose.id, taking.FAILED, error[:500], row.answer, now)
        work.finish(tx, "jobs", no)


def _read(node: Node, leased: Work, job: IntakeJob) -> Content:
    content = read_content(node, job.request)
    request = msgspec.structs.replace(job.request, body=b"")
    payload = msgspec.msgpack.encode(IntakeJob(id=job.id, request=request, content=content))
    with node.store.write() as tx:
        _renewed(tx, leased, node.clock(), payload)
        tally = msgspec.msgpack.encode(begun(tx, content))
        taking.go_on(tx, job.id, taking.KEEPING, 0, len(content.founds), tally)
    return content


def _tally(tx: Connection, intake_id: str, content: Content) -> Tally:
    row = taking.intake(tx, intake_id)
    if row is None or row.answer is None:
        return begun(tx, content)
    return msgspec.msgpack.decode(row.answer, type=Tally)


def _finish(node: Node, leased: Work, job: IntakeJob, row: IntakeRow, content: Content) -> None:
    actor = msgspec.convert({"name": row.asked_by, "role": row.asked_role, "via": row.asked_via}, Actor)
    now = node.clock()
    with node.store.write() as tx:
        _renewed(tx, leased, now)
        tally = _tally(tx, job.id, content)
        tally = msgspec.structs.replace(tally, answer=with_readers(tx, tally, now))
        taking.go_on(tx, job.id, taking.KEEPING, len(content.founds), len(content.founds), None)
        taking.end(tx, job.id, taking.DONE, None, msgspec.msgpack.encode(tally), now)
        facts = facts_noted(node, job.request, tally.answer)
        note(tx, actor, "item take-in", facts | {"intake": job.id}, now)
        work.finish(tx, "jobs", leased.no)


def _renewed(tx: Connection, leased: Work, now: Instant, payload: bytes | None = None) -> None:
    if not work.renew(tx, "jobs", leased, Instant(now + LEASE_MS), payload):
        raise LeaseLost("another worker goes on with this")
