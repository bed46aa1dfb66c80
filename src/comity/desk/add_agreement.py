"""Lays an agreement's text before the node, as a signed act; nobody is bound by it yet."""

import hashlib

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.agreement_views import AgreementView, agreement_view
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.policy import refresh, standings_of
from comity.desk.send_acts import send_act
from comity.desk.sequence import settle
from comity.desk.take_acts import take_up_waiting
from comity.errors import Conflict, NotFound
from comity.records.kinds.agreement import Agreement as AgreementAct
from comity.rooms.release.agreements import read_agreement
from comity.stores import directory, policies
from comity.values import Instant, JsonObject, PartyName


class AddAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement's text in TOML, to the last byte."""

    text: bytes
    idempotency_key: str | None = None


def add_agreement(node: Node, actor: Actor, request: AddAgreementRequest) -> AgreementView:
    """Hold a new text.

    Raises:
        AgreementRejected: the text is not sound. NotFound: it names a party unknown here. Conflict: its id is taken.
    """
    agreement = read_agreement(request.text)
    digest = hashlib.sha256(request.text).hexdigest()

    def work(tx: Connection, now: Instant) -> tuple[AgreementView, JsonObject]:
        for name in agreement.parties:
            if directory.party_named(tx, name) is None:
                raise NotFound("no party {name}: add it first", name=name)
        for held in policies.held_agreements(tx):
            if held.id == agreement.id:
                same = "the same text" if held.sha256 == digest else "another text"
                raise Conflict(
                    "agreement {agreement} is held already, with {same}; a new text needs a new id",
                    agreement=agreement.id,
                    same=same,
                )
        act = AgreementAct(
            **head(node, now)._asdict(), agreement=agreement.id, text=request.text.decode(), sha256=digest
        )
        no = keep_act(node, tx, act, now)
        policies.add_agreement(tx, agreement.id, digest, request.text, now)
        if take_up_waiting(tx, agreement.id, now):
            refresh(node.store, tx, now)
        send_act(tx, no, agreement.parties, now)
        standing = next(one for one in standings_of(tx) if one.agreement.id == agreement.id)
        view = agreement_view(standing, digest, PartyName(node.settings.party), now)
        return view, {"agreement": agreement.id, "sha256": digest}

    answer = carry_out(node, actor, "agreement add", request, AgreementView, work)
    settle(node)
    return answer
