"""Lets an agreement rest, for all or for this party, and takes it up again; each a signed act."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.adhere_agreement import held_agreement, read_moment, view_of
from comity.desk.agreement_views import AgreementView
from comity.desk.carry_out import carry_out
from comity.desk.leave_agreement import after_notice
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.send_acts import parties_of, send_act
from comity.desk.sequence import settle
from comity.errors import Conflict
from comity.records import codec, dsse
from comity.records.kinds.agreement_suspension import AgreementSuspension
from comity.stores import consenting, keeping
from comity.values import Instant, JsonObject, PartyName, iso


class SuspendAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement rests, from when (after the notice if nothing is said) and until when, and why.

    It rests for this node's party, unless `for_all`.
    """

    agreement: str
    reason: str
    at: str | None = None
    until: str | None = None
    for_all: bool = False
    idempotency_key: str | None = None


class ResumeAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement rests no more, from when on (now if nothing is said), and why."""

    agreement: str
    reason: str
    at: str | None = None
    idempotency_key: str | None = None


def suspend_agreement(node: Node, actor: Actor, request: SuspendAgreementRequest) -> AgreementView:
    """Let it rest: nothing flows under it meanwhile; what was received stays.

    Raises:
        NotFound: no such agreement. UsageError: a date before the notice is over. RecordRejected: times in the wrong
        order. Conflict: it rests already.
    """
    me = PartyName(node.settings.party)

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        standing = next(entry for entry in standings_of(tx) if entry.agreement.id == held.id)
        party = None if request.for_all else me
        if _resting(tx, held.id, party, now):
            raise Conflict("{id} rests already", id=held.id)
        at = after_notice(request.at, standing.agreement.suspension_notice_days, now)
        until = None if request.until is None else read_moment(request.until, now)
        act = _act(node, held.sha256, request.agreement, party, request.reason, at, until, now)
        no = keep_act(node, tx, act, now)
        consenting.suspend(tx, held.id, party, at, until, no)
        send_act(tx, no, standing.agreement.parties, now)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "at": iso(at)}

    answer = carry_out(node, actor, "agreement suspend", request, AgreementView, work)
    settle(node)
    return answer


def resume_agreement(node: Node, actor: Actor, request: ResumeAgreementRequest) -> AgreementView:
    """Take it up again: what this party or all had let rest.

    Raises:
        NotFound: no such agreement. Conflict: it does not rest. UsageError: not a time.
    """
    me = PartyName(node.settings.party)

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        rests = [rest for party in (me, None) for rest in _resting(tx, held.id, party, now)]
        if not rests:
            raise Conflict("{id} does not rest", id=held.id)
        at = read_moment(request.at, now)
        for rest in rests:
            party = None if rest.party is None else PartyName(rest.party)
            starts = Instant(min(rest.from_ms, at - 1))
            act = _act(node, held.sha256, held.id, party, request.reason, starts, at, now)
            # Others end the rest that is named: told its times alone, they would hold it beside the one that goes on.
            act = msgspec.structs.replace(act, re=digests_of(tx, rest.record_no))
            no = keep_act(node, tx, act, now)
            consenting.resume(tx, rest.record_no, at)
            send_act(tx, no, parties_of(tx, held.id), now)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "at": iso(at)}

    answer = carry_out(node, actor, "agreement resume", request, AgreementView, work)
    settle(node)
    return answer


def _resting(tx: Connection, agreement_id: str, party: PartyName | None, now: Instant) -> list[consenting.Rest]:
    became = consenting.consents_of(tx).get(agreement_id)
    rests = [] if became is None else became.rests
    return [rest for rest in rests if rest.party == party and (rest.until_ms is None or rest.until_ms > now)]


def digests_of(tx: Connection, record_no: int) -> tuple[str, ...]:
    """Give the digest of the payload of an act that is held, by which others name it; none if it is gone."""
    held = keeping.held_record(tx, record_no)
    return () if held is None or held.body is None else (codec.digest(dsse.unverified_payload(held.body)),)


def _act(
    node: Node,
    sha256: str,
    agreement_id: str,
    party: PartyName | None,
    reason: str,
    starts: Instant,
    ends: Instant | None,
    now: Instant,
) -> AgreementSuspension:
    return AgreementSuspension(
        **head(node, now)._asdict(),
        agreement=agreement_id,
        sha256=sha256,
        party=party,
        starts_at=iso(starts),
        ends_at=None if ends is None else iso(ends),
        reason=reason,
    )
