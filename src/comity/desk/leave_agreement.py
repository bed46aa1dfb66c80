"""Ends one party's bond to an agreement after the notice that the text asks for; between the others it goes on."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.adhere_agreement import held_agreement, read_moment, view_of
from comity.desk.agreement_views import AgreementView
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.send_acts import may_tell, send_act
from comity.desk.sequence import settle
from comity.errors import Conflict, UsageError
from comity.records.kinds.agreement_end import AgreementEnd
from comity.rooms.release.entry import DAY_MS
from comity.stores import consenting
from comity.values import Instant, JsonObject, PartyName, iso


class LeaveAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who leaves which agreement (this node's party if not said), and when: after the notice if nothing is said."""

    agreement: str
    party: str | None = None
    at: str | None = None
    evidence: str | None = None
    idempotency_key: str | None = None


def leave_agreement(node: Node, actor: Actor, request: LeaveAgreementRequest) -> AgreementView:
    """Give notice.

    Raises:
        NotFound: no such agreement. UsageError: a date before the notice is over, or no evidence for another party.
        Conflict: the party is not bound, or has given notice already.
    """
    me = PartyName(node.settings.party)
    party = PartyName(request.party or me)

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        standing = next(entry for entry in standings_of(tx) if entry.agreement.id == held.id)
        if not any(name == party for name, _ in standing.adherences):
            raise Conflict("{party} is not bound by {id}", party=party, id=held.id)
        if any(name == party for name, _ in standing.left):
            raise Conflict("{party} has given notice already", party=party)
        if party != me and not request.evidence:
            raise UsageError(
                "to record that {party} leaves, say on what evidence (its note, the depositary's)", party=party
            )
        at = after_notice(request.at, standing.agreement.notice_days, now)
        act = AgreementEnd(
            **head(node, now)._asdict(),
            agreement=held.id,
            sha256=held.sha256,
            ends_at=iso(at),
            reason="withdrawal",
            party=party,
            recorded_by=None if party == me else me,
            evidence=None if party == me else request.evidence,
        )
        no = keep_act(node, tx, act, now)
        consenting.leave(tx, held.id, party, at, no)
        if may_tell(standing.agreement, me, party):
            send_act(tx, no, standing.agreement.parties, now)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "party": party, "at": iso(at)}

    answer = carry_out(node, actor, "agreement leave", request, AgreementView, work)
    settle(node)
    return answer


def after_notice(said: str | None, notice_days: int, now: Instant) -> Instant:
    """Give when notice that is given now takes effect.

    Raises:
        UsageError: not a time, or earlier than the text allows.
    """
    earliest = Instant(now + notice_days * DAY_MS)
    at = earliest if said is None else read_moment(said, now)
    if at < earliest:
        raise UsageError(
            "the text asks for {notice_days} days of notice: {iso} at the earliest",
            notice_days=notice_days,
            iso=iso(earliest),
        )
    return at
