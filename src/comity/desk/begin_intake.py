"""Begins to take content in beside the request, and shows how far it is: for what takes longer than one waits.

What is acknowledged is durable: the content stands with its job, and a node that is killed goes on where it was. Of
each intake only who asked for it learns anything (record 0069).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.intake_tally import JOB, Content, TakenIn, Tally
from comity.desk.node_type import Node
from comity.desk.take_in import TakeInRequest, plain_name, source_for
from comity.errors import Conflict, NotFound, TooLarge, UsageError
from comity.stores import taking, work
from comity.stores.taking import IntakeRow
from comity.values import Instant, JsonObject, iso, iso_or_none

MOST_RUNNING = 20  # of all together: each holds its content in the database
KEPT_FOR_MS = 30 * 24 * 3_600_000
_ID_BYTES = 16

State = Literal["waiting", "reading", "keeping", "done", "failed"]


class IntakeJob(msgspec.Struct, frozen=True, kw_only=True):
    """What the job is given: the request, and, once it was read, the objects in their order in place of its bytes."""

    id: str
    request: TakeInRequest
    content: Content | None = None


class IntakeBegun(msgspec.Struct, frozen=True, kw_only=True):
    """Under which id it goes on."""

    id: str


class ShowIntakeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The one of this id."""

    id: str


class ListIntakesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One's own, the newest first."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class IntakeView(msgspec.Struct, frozen=True, kw_only=True):
    """How far an intake is: `done` of `total` objects, which is 0 until the content was read.

    `error`: why it failed; what was kept before stays kept.
    """

    id: str
    name: str
    state: State
    asked_at: str
    done: int
    total: int
    ended_at: str | None = None
    error: str = ""


class IntakeShown(msgspec.Struct, frozen=True, kw_only=True):
    """An intake, and what became of its objects so far; whom they go to stands there once it is done."""

    view: IntakeView
    taken: TakenIn | None = None


class IntakeList(msgspec.Struct, frozen=True, kw_only=True):
    """Intakes, the newest first."""

    intakes: tuple[IntakeView, ...]


def begin_intake(node: Node, actor: Actor, request: TakeInRequest) -> IntakeBegun:
    """Put content in line to be taken in; once this answers, it will be, or it is said why not.

    Raises:
        NotFound: no such party. UsageError: it is empty, a bad level or time. TooLarge: over the limit of a request.
        Conflict: many are in line already.
    """
    source_for(node, request)
    if len(request.body) > node.settings.max_content_length:
        raise TooLarge(node.settings.max_content_length)
    if request.kept is None and not request.body.strip():
        raise UsageError("there is nothing in it that could be taken in")

    def add(tx: Connection, now: Instant) -> tuple[IntakeBegun, JsonObject]:
        taking.forget_ended(tx, Instant(now - KEPT_FOR_MS))
        if taking.running_count(tx) >= MOST_RUNNING:
            raise Conflict("many are being taken in already: wait until one has ended")
        made = node.entropy(_ID_BYTES).hex()
        name = plain_name(request.name)
        row = IntakeRow(
            made, actor.name, actor.via, actor.role, name, now, taking.WAITING, 0, 0, None, None, None
        )  # fmt: skip
        taking.add_intake(tx, row)
        work.add_job(tx, JOB, msgspec.msgpack.encode(IntakeJob(id=made, request=request)), now)
        return IntakeBegun(id=made), {"intake": made}

    return carry_out(node, actor, "intake begin", request, IntakeBegun, add)


def show_intake(node: Node, actor: Actor, request: ShowIntakeRequest) -> IntakeShown:
    """Show how far an intake is.

    Raises:
        NotFound: this actor has asked for none of this id.
    """
    with node.store.read() as tx:
        row = own_intake(tx, actor, request.id)
    tally = None if row.answer is None else msgspec.msgpack.decode(row.answer, type=Tally)
    return IntakeShown(view=_view(row), taken=None if tally is None else tally.answer)


def list_intakes(node: Node, actor: Actor, request: ListIntakesRequest) -> IntakeList:
    """List what this actor asked for in the last thirty days."""
    with node.store.read() as tx:
        rows = taking.intakes_of(tx, actor.name, actor.via, request.limit)
    return IntakeList(intakes=tuple(map(_view, rows)))


def own_intake(tx: Connection, actor: Actor, intake_id: str) -> IntakeRow:
    """Give an intake to who asked for it, at the door where it was asked for.

    Raises:
        NotFound: there is none.
    """
    row = taking.intake(tx, intake_id)
    if row is None or row.asked_by != actor.name or row.asked_via != actor.via:
        raise NotFound("no intake {id} of yours", id=intake_id[:64])
    return row


def _view(row: IntakeRow) -> IntakeView:
    return IntakeView(
        id=row.id,
        name=row.name,
        state=msgspec.convert(row.state, State),
        asked_at=iso(Instant(row.asked_ms)),
        done=row.done,
        total=row.total,
        ended_at=iso_or_none(row.ended_ms),
        error=row.error or "",
    )
