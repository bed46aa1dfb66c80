"""Binds a party to an agreement, as a signed act: its own, or one recorded on another party's notice."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.agreement_views import AgreementView, agreement_view
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.send_acts import may_tell, send_act
from comity.desk.sequence import settle
from comity.errors import Conflict, NotFound, UsageError
from comity.records.kinds.adherence import Adherence, Means
from comity.rooms.release.standing import Standing
from comity.stores import consenting, policies
from comity.stores.policies import HeldAgreement
from comity.values import Instant, JsonObject, PartyName, instant, iso


class AdhereAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who consents to which agreement, how, and from when on.

    `evidence` is required for another party than the node's own. `means`: if not said, what the text asks for next.
    `reservations`: articles whose effect is excluded. `full_powers`: who acted, by what authority; where the text asks
    for ratification. `provisional`: a signatory applies the text until then.
    """

    agreement: str
    party: str | None = None
    effective_from: str | None = None
    evidence: str | None = None
    means: Means | None = None
    reservations: tuple[str, ...] = ()
    full_powers: str | None = None
    provisional: bool = False
    idempotency_key: str | None = None


def adhere_agreement(node: Node, actor: Actor, request: AdhereAgreementRequest) -> AgreementView:
    """Make a party bound, or, where the text asks for ratification, a signatory first.

    Raises:
        NotFound: no such agreement. UsageError: the party is none of its parties, evidence, full powers or time are
        missing, or the text does not allow a reservation or provisional application. Conflict: the party has done so
        already, or the agreement has ended.
    """
    me = PartyName(node.settings.party)
    party = PartyName(request.party or me)

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        held = held_agreement(tx, request.agreement)
        standing = next(entry for entry in standings_of(tx) if entry.agreement.id == held.id)
        means = _means(standing, party, request.means)
        _check(standing, party, means, request, now)
        if party != me and not request.evidence:
            raise UsageError(
                "to record the adherence of {party}, say on what evidence (its note, the depositary's)", party=party
            )
        since = read_moment(request.effective_from, now)
        act = Adherence(
            **head(node, now)._asdict(),
            agreement=held.id,
            sha256=held.sha256,
            party=party,
            means=means,
            provisional=request.provisional,
            reservations=request.reservations,
            full_powers=request.full_powers,
            effective_from=iso(since),
            recorded_by=None if party == me else me,
            evidence=None if party == me else request.evidence,
        )
        no = keep_act(node, tx, act, now)
        take_up(tx, standing, act, no)
        if may_tell(standing.agreement, me, party):
            send_act(tx, no, standing.agreement.parties, now)
        refresh(node.store, tx, now)
        return view_of(node, tx, held.id, now), {"agreement": held.id, "party": party, "means": means}

    answer = carry_out(node, actor, "agreement adhere", request, AgreementView, work)
    settle(node)
    return answer


def take_up(tx: Connection, standing: Standing, act: Adherence, record_no: int) -> None:
    """Let an adherence have its effect here, be it our own or one received."""
    agreement, since = standing.agreement, instant(act.effective_from)
    if act.means == "signature" and agreement.binding == "ratification":
        consenting.sign(tx, agreement.id, act.party, since, record_no, provisional=act.provisional)
    else:
        consenting.adhere(tx, agreement.id, act.party, since, record_no)
    if act.reservations or act.means != "ratification":  # what a signatory reserved stands unless it says otherwise
        consenting.reserve(tx, agreement.id, act.party, act.reservations, record_no)


def _means(standing: Standing, party: PartyName, said: Means | None) -> Means:
    """Give how a party consents: as it says, or else by the next step that the text asks for."""
    if standing.agreement.binding == "adherence":
        if said not in (None, "adherence", "signature", "accession"):
            raise UsageError(
                "{id} asks for no {said}: a party is bound when it adheres", id=standing.agreement.id, said=said
            )
        return said or "adherence"
    if said == "adherence":
        raise UsageError("{id} asks for ratification: sign, then ratify, or accede", id=standing.agreement.id)
    has_signed = any(one.party == party for one in standing.signatures)
    return said or ("ratification" if has_signed else "signature")


def _check(standing: Standing, party: PartyName, means: Means, request: AdhereAgreementRequest, now: Instant) -> None:
    agreement = standing.agreement
    if party not in agreement.parties:
        raise UsageError("{party} is not a party to {id}", party=party, id=agreement.id)
    if standing.ended is not None and standing.ended <= now:
        raise Conflict("{id} ended on {iso}", id=agreement.id, iso=iso(standing.ended))
    has_left = any(name == party and at <= now for name, at in standing.left)
    if any(name == party for name, _ in standing.adherences) and not has_left:
        raise Conflict("{party} has adhered to {id} already", party=party, id=agreement.id)
    has_signed = any(one.party == party for one in standing.signatures)
    if means == "signature" and has_signed:
        raise Conflict("{party} has signed {id} already", party=party, id=agreement.id)
    if means in ("ratification", "acceptance", "approval") and not has_signed:
        raise UsageError("{party} has not signed {id}: sign first, or accede", party=party, id=agreement.id)
    if agreement.binding == "ratification" and not request.full_powers:
        raise UsageError(
            "{id} asks for full powers: say who acts for {party}, and by what authority", id=agreement.id, party=party
        )
    for article in request.reservations:
        if article not in agreement.reservable:
            raise UsageError("{id} allows no reservation to article {article}", id=agreement.id, article=article)
    if request.provisional and not (means == "signature" and agreement.entry.provisional):
        raise UsageError("{id} is applied provisionally by signatories alone, and only if it says so", id=agreement.id)


def held_agreement(tx: Connection, agreement_id: str) -> HeldAgreement:
    """Give an agreement by its id.

    Raises:
        NotFound: there is none.
    """
    for held in policies.held_agreements(tx):
        if held.id == agreement_id:
            return held
    raise NotFound("no agreement {agreement_id}", agreement_id=agreement_id)


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
        raise UsageError("not a time with its zone, or a date: {text}", text=text[:40]) from exc
