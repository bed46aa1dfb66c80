"""Ends an agreement at this node, as a signed act: reading under it stops; what was lawfully received stays."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.adhere_agreement import held_agreement, view_of
from comity.desk.agreement_views import AgreementView
from comity.desk.carry_out import carry_out
from comity.desk.leave_agreement import after_notice
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.send_acts import parties_of, send_act
from comity.desk.sequence import settle
from comity.errors import Conflict
from comity.records.kinds.agreement_end import AgreementEnd
from comity.stores import policies
from comity.values import Instant, JsonObject, iso


class EndAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement ends, when (after the text's notice if nothing is said), and why."""

    agreement: str
    at: str | None = None
    reason: Literal["expiry", "denunciation", "withdrawal"] = "denunciation"
    idempotency_key: str | None = None


def end_agreement(node: Node, actor: Actor, request: EndAgreementRequest) -> AgreementView:
    """End an agreement; from that instant on nothing is read under it.

    Raises:
        NotFound: no such agreement. UsageError: not a time, or before the notice is over.
        Conflict: it has ended already.
    """

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        if held.ended_ms is not None and held.ended_ms <= now:
            raise Conflict("{id} has ended already", id=held.id)
        notice = next(one.agreement.notice_days for one in standings_of(tx) if one.agreement.id == held.id)
        at = after_notice(request.at, 0 if request.reason == "expiry" else notice, now)
        act = AgreementEnd(
            **head(node, now)._asdict(),
            agreement=held.id,
            sha256=held.sha256,
            ends_at=iso(at),
            reason=request.reason,
        )
        no = keep_act(node, tx, act, now)
        send_act(tx, no, parties_of(tx, held.id), now)
        policies.end_agreement(tx, held.id, at)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "at": iso(at)}

    answer = carry_out(node, actor, "agreement end", request, AgreementView, work)
    settle(node)
    return answer
