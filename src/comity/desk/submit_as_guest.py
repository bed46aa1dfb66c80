"""Takes what a guest submits into their party's inbox, shows what became of it, and takes it back for the party.

As its TAXII client does, by the same functions: a submission belongs to the party, and the audit says who did it.
"""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.guests import guest_of
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.desk.submit_items import found_in, keep_submission, read_status
from comity.desk.views import StatusView
from comity.desk.withdraw_submission import take_back
from comity.errors import NotFound
from comity.stores import registers
from comity.values import Instant, JsonObject

MOST_STATUSES = 100
_GUESTS = frozenset(("guest",))


class SubmitAsGuestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle of STIX, or one object, as it is to be kept."""

    body: bytes
    idempotency_key: str | None = None


class ListSubmissionsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the latest submissions of the party, or for one by its id."""

    id: Annotated[str, Meta(max_length=100)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_STATUSES)] = 20


class SubmissionList(msgspec.Struct, frozen=True, kw_only=True):
    """Statuses that are still kept, the newest first."""

    submissions: tuple[StatusView, ...]
    kept_h: int


class WithdrawAsGuestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An object that the party submitted, by its STIX id: all versions of it."""

    id: Annotated[str, Meta(max_length=500)]
    idempotency_key: str | None = None


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """How many versions are taken back, and the act that says so to those who had them."""

    id: str
    versions: int
    act: str


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered for a repeated request: no id of what was submitted, which may have to be erased."""

    id: str
    at: str
    objects: int
    kept: int


def submit_as_guest(node: Node, actor: Actor, request: SubmitAsGuestRequest) -> StatusView:
    """Keep what is submitted; durable when this returns. One bad object does not sink the others.

    A request repeated after the status was forgotten is answered by its counts alone.

    Raises:
        NotPermitted: no guest asks. RecordRejected: it cannot itself be read. TooLarge: it is over a limit.
    """

    def work(tx: Connection, now: Instant) -> tuple[_Kept, JsonObject]:
        guest = guest_of(tx, actor)
        status = keep_submission(node, tx, guest.reader, founds, now)
        facts: JsonObject = {
            "party": guest.party,
            "status": status.id,
            "objects": status.total_count,
            "kept": status.success_count,
        }
        kept = _Kept(id=status.id, at=status.request_timestamp, objects=status.total_count, kept=status.success_count)
        return kept, facts

    founds = found_in(node, request.body)
    kept = carry_out(node, actor, "guest submit", request, _Kept, work, roles=_GUESTS)
    node.store.queued.set()  # as over TAXII: the sequencer places it, and nothing within a request
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
    try:
        return read_status(node, guest.reader, kept.id)
    except NotFound:  # said again after its time: how much of it there was is all that is left
        return StatusView(
            id=kept.id,
            status="complete",
            request_timestamp=kept.at,
            total_count=kept.objects,
            success_count=kept.kept,
        )


def list_submissions(node: Node, actor: Actor, request: ListSubmissionsRequest) -> SubmissionList:
    """Give what became of submissions.

    Raises:
        NotFound: the party has no such submission, or its status is no longer kept. NotPermitted: no guest asks.
    """
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
        kept = () if request.id is not None else registers.latest_statuses(tx, guest.party_no, request.limit)
    found = [read_status(node, guest.reader, request.id)] if request.id is not None else []
    found += [msgspec.json.decode(one, type=StatusView) for one in kept]
    return SubmissionList(submissions=tuple(found), kept_h=node.settings.status_kept_h)


def withdraw_as_guest(node: Node, actor: Actor, request: WithdrawAsGuestRequest) -> Withdrawn:
    """Retract all versions of one of the party's own submissions.

    Raises:
        NotFound: the party has submitted no such object: another's looks the same. NotPermitted: no guest asks.
    """

    def work(tx: Connection, now: Instant) -> tuple[Withdrawn, JsonObject]:
        guest = guest_of(tx, actor)
        count, act = take_back(node, tx, guest.reader, request.id, ("all",), now)
        facts: JsonObject = {"party": guest.party, "versions": count, "act": act}
        return Withdrawn(id=request.id, versions=count, act=act), facts

    answer = carry_out(node, actor, "guest withdraw", request, Withdrawn, work, roles=_GUESTS)
    settle(node)
    return answer
