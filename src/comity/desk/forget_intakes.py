"""Takes erased items out of what is being taken in beside requests, and out of what is told of what was taken in.

Not a verb: erasing asks it. Without it the rest of an upload would bring back what was erased meanwhile, and the job
would hold its bytes until then. Whoever works at the job loses its lease, and goes on with what is left (record 0069).
"""

import re
from collections.abc import Set

import msgspec
from sqlalchemy import Connection

from comity.desk.intake_tally import JOB, Content, Tally
from comity.desk.node_type import Node
from comity.records.envelope import scan_id
from comity.stores import directory, taking, work
from comity.wire.bundles import Found

# From the beginning of a word only: else a long one without an id in it takes the square of its length.
_IDS = re.compile(rb"(?<![A-Za-z0-9-])[A-Za-z0-9-]+--[A-Za-z0-9._:-]+")
_UUIDS = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def named_in(body: bytes) -> list[bytes]:
    """Give all that looks like an id in bytes that need not be readable."""
    return _IDS.findall(body)


class _Asked(msgspec.Struct, frozen=True):
    """What erasing must know of a request."""

    source: str | None = None
    body: bytes = b""


class _Waiting(msgspec.Struct, frozen=True):
    """An intake's job; its request is written again as it came."""

    id: str
    request: msgspec.Raw
    content: Content | None = None


def forget_in_intakes(node: Node, tx: Connection, ids: Set[str], source_nos: Set[int]) -> int:
    """Take these ids, of these sources, out of intakes; gives how many inputs went that were not kept yet.

    Content that nobody has read yet goes as a whole if it names one of them, and its intake fails.
    """
    _out_of_answers(tx, ids)
    names = {row.name for row in directory.party_rows(tx) if row.no in source_nos}
    gone = 0
    for no, payload in work.payloads(tx, "jobs", JOB):
        try:
            job = msgspec.msgpack.decode(payload, type=_Waiting)
            asked = msgspec.msgpack.decode(job.request, type=_Asked)
        except msgspec.DecodeError:  # of another version: it fails, and its content goes, as soon as it is tried
            continue
        if (asked.source or node.settings.party) not in names:
            continue
        gone += _out_of_unread(node, tx, no, job, asked, ids) if job.content is None else _out_of_read(tx, no, job, ids)
    return gone


def end_intakes(node: Node, tx: Connection, why: str) -> None:
    """Let every intake that waits or goes on fail, and its content go: where nobody can say what of it was erased."""
    for no, payload in work.payloads(tx, "jobs", JOB):
        try:
            job = msgspec.msgpack.decode(payload, type=_Waiting)
        except msgspec.DecodeError:
            continue
        row = taking.intake(tx, job.id)
        if row is not None:
            taking.end(tx, job.id, taking.FAILED, why, row.answer, node.clock())
        work.finish(tx, "jobs", no)


def _out_of_unread(node: Node, tx: Connection, no: int, job: _Waiting, asked: _Asked, ids: Set[str]) -> int:
    words = {one.encode("utf-8", "surrogatepass") for one in ids}
    if words.isdisjoint(named_in(asked.body)):
        halves = {one.partition(b"--")[2] for one in words}  # all that an event of MISP has of an id
        if halves.isdisjoint(one.lower() for one in _UUIDS.findall(asked.body)):
            return 0
    why = "something in it was erased here meanwhile: take it in again without that"
    taking.end(tx, job.id, taking.FAILED, why, None, node.clock())
    work.finish(tx, "jobs", no)
    return 1


def _out_of_read(tx: Connection, no: int, job: _Waiting, ids: Set[str]) -> int:
    row, content = taking.intake(tx, job.id), job.content
    if row is None or content is None:
        return 0
    left = [found for found in content.founds if not _names(found, ids)]
    if len(left) == len(content.founds):
        return 0
    done = sum(not _names(found, ids) for found in content.founds[: row.done])
    rest = msgspec.structs.replace(content, founds=left, lost=())
    work.change_payload(tx, "jobs", no, msgspec.msgpack.encode(msgspec.structs.replace(job, content=rest)))
    taking.go_on(tx, job.id, row.state, done, len(left), row.answer)
    return (len(content.founds) - row.done) - (len(left) - done)


def _names(found: Found, ids: Set[str]) -> bool:
    if found.body is not None:
        return scan_id(found.body) in ids
    return any(one.decode() in ids for one in named_in(found.excerpt))


def _out_of_answers(tx: Connection, ids: Set[str]) -> None:
    """Take what is told of these ids out of what became of content that was taken in beside requests."""
    for intake_id, body in taking.answers(tx):
        tally = msgspec.msgpack.decode(body, type=Tally)
        told = tally.answer
        left = tuple(one for one in told.entering if one.id not in ids)
        # A loss says a value in clear, and not of which of the objects.
        lost = told.lost if left == told.entering else ()
        if left != told.entering:
            answer = msgspec.structs.replace(told, entering=left, lost=lost)
            taking.change_answer(tx, intake_id, msgspec.msgpack.encode(msgspec.structs.replace(tally, answer=answer)))
