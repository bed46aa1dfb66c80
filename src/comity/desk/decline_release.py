"""Declines what another party asked of this one as originator: an officer's signed word, with a reason."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.send_acts import send_act
from comity.desk.take_grant import act_of
from comity.errors import Conflict, NotFound, UsageError
from comity.records import codec, dsse
from comity.records.kinds import Receipt, ReleaseRequest
from comity.records.stix import act_id
from comity.stores import asked, directory, keeping, stating
from comity.values import Instant, JsonObject


class DeclineReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request's act by its STIX id, the office that declines, and the reason; the asker reads both."""

    act: str
    by: Annotated[str, Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=2_000)]
    idempotency_key: str | None = None


class ReleaseDeclined(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, and the act by which it is said."""

    to: str
    act: str


def decline_release(node: Node, actor: Actor, request: DeclineReleaseRequest) -> ReleaseDeclined:
    """Decline a request that is open.

    Raises:
        NotFound: no such request was made of this party. Conflict: it is answered. UsageError: no office or no reason.
    """

    def work(tx: Connection, now: Instant) -> tuple[ReleaseDeclined, JsonObject]:
        if not request.by.strip() or not request.reason.strip():
            raise UsageError("who declines says which office, and why")
        row, act = _open(tx, request.act)
        held = keeping.held_record(tx, row.record_no)
        own = directory.own_party(tx)
        if held is None or held.body is None or own is None:
            raise NotFound("no request {id}", id=request.act[:200])
        digest = codec.digest(dsse.unverified_payload(held.body))
        said = Receipt(
            **head(node, now)._asdict(),
            to=act.issuer,
            level="declined",
            of=(digest,),
            about=act_id(act),
            by=request.by.strip(),
            reason=request.reason.strip(),
        )
        no = keep_act(node, tx, said, now)
        stating.note_receipts(node.store, tx, [(no, bytes.fromhex(digest), own.no, said.level, int(now))])
        send_act(tx, no, [act.issuer], now)
        asked.decline(tx, row.record_no, now)
        return ReleaseDeclined(to=act.issuer, act=said.rid), {"to": act.issuer, "act": said.rid}

    return carry_out(node, actor, "release decline", request, ReleaseDeclined, work)


def _open(tx: Connection, stix_id: str) -> tuple[asked.Asked, ReleaseRequest]:
    for held in keeping.records_under(tx, stix_id):
        row = asked.request_by(tx, held.no)
        act = None if row is None else act_of(tx, held.no)
        if row is not None and isinstance(act, ReleaseRequest):
            if row.closed_ms is not None:
                raise Conflict("this request is answered already")
            return row, act
    raise NotFound("no request {id}", id=stix_id[:200])
