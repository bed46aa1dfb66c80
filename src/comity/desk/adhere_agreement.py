"""Binds a party to an agreement, as a signed act: its own, or one recorded on another party's notice."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.agreement_views import AgreementView, agreement_view
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.sequence import settle
from comity.errors import Conflict, NotFound, UsageError
from comity.records.kinds.adherence import Adherence
from comity.stores import policies
from comity.stores.policies import HeldAgreement
from comity.values import Instant, JsonObject, PartyName, instant, iso


class AdhereAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who adheres to which agreement, from when on. `evidence` is required for another party than the node's own."""

    agreement: str
    party: str | None = None
    effective_from: str | None = None
    evidence: str | None = None
    idempotency_key: str | None = None


def adhere_agreement(node: Node, actor: Actor, request: AdhereAgreementRequest) -> AgreementView:
    """Make a party bound.

    Raises:
        NotFound: no such agreement. UsageError: the party is none of its parties, or evidence or time are missing.
        Conflict: the party has adhered already, or the agreement has ended.
    """
    me = PartyName(node.settings.party)
    party = PartyName(request.party or me)

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        standing = next(entry for entry in standings_of(tx) if entry.agreement.id == held.id)
        if party not in standing.agreement.parties:
            raise UsageError(f"{party} is not a party to {held.id}")
        if any(name == party for name, _ in standing.adherences):
            raise Conflict(f"{party} has adhered to {held.id} already")
        if standing.ended is not None and standing.ended <= now:
            raise Conflict(f"{held.id} ended on {iso(standing.ended)}")
        if party != me and not request.evidence:
            raise UsageError(f"to record the adherence of {party}, say on what evidence (its note, the depositary's)")
        since = read_moment(request.effective_from, now)
        act = Adherence(
            **head(node, now)._asdict(),
            agreement=held.id,
            sha256=held.sha256,
            party=party,
            effective_from=iso(since),
            recorded_by=None if party == me else me,
            evidence=None if party == me else request.evidence,
        )
        no = keep_act(node, tx, act, now)
        policies.adhere(tx, held.id, party, since, no)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "party": party}

    answer = carry_out(node, actor, "agreement adhere", request, AgreementView, work)
    settle(node)
    return answer


def held_agreement(tx: Connection, agreement_id: str) -> HeldAgreement:
    """Give an agreement by its id.

    Raises:
        NotFound: there is none.
    """
    for held in policies.held_agreements(tx):
        if held.id == agreement_id:
            return held
    raise NotFound(f"no agreement {agreement_id}")


def view_of(node: Node, tx: Connection, agreement_id: str, now: Instant) -> AgreementView:
    """Give an agreement as people need it."""
    held = held_agreement(tx, agreement_id)
    standing = next(entry for entry in standings_of(tx) if entry.agreement.id == agreement_id)
    return agreement_view(standing, held.sha256, PartyName(node.settings.party), now)


def read_moment(text: str | None, now: Instant) -> Instant:
    """Read a time given by a person; none is now.

    Raises:
        UsageError: not a time.
    """
    if text is None:
        return now
    try:
        return instant(text)
    except ValueError as exc:
        raise UsageError(f"not a time with its zone, or a date: {text[:40]}") from exc
