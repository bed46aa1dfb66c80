"""Lists the agreements a node holds, with their standing here."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.adhere_agreement import held_agreement
from comity.desk.agreement_views import AgreementView, agreement_view
from comity.desk.node_type import Node
from comity.desk.policy import standings_of
from comity.stores import policies
from comity.values import PartyName


class ListAgreementsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all agreements."""


class AgreementList(msgspec.Struct, frozen=True, kw_only=True):
    """All agreements, by id."""

    agreements: tuple[AgreementView, ...]


class ShowAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one agreement by its id."""

    agreement: str


class AgreementText(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement's standing and its text as received."""

    agreement: AgreementView
    text: str


def list_agreements(node: Node, actor: Actor, request: ListAgreementsRequest) -> AgreementList:
    """Give every agreement, by id."""
    me, now = PartyName(node.settings.party), node.clock()
    with node.store.read() as tx:
        digests = {held.id: held.sha256 for held in policies.held_agreements(tx)}
        return AgreementList(
            agreements=tuple(
                agreement_view(standing, digests[standing.agreement.id], me, now) for standing in standings_of(tx)
            )
        )


def show_agreement(node: Node, actor: Actor, request: ShowAgreementRequest) -> AgreementText:
    """Give one agreement with its text.

    Raises:
        NotFound: no such agreement.
    """
    me, now = PartyName(node.settings.party), node.clock()
    with node.store.read() as tx:
        held = held_agreement(tx, request.agreement)
        standing = next(entry for entry in standings_of(tx) if entry.agreement.id == held.id)
        view = agreement_view(standing, held.sha256, me, now)
    return AgreementText(agreement=view, text=held.text.decode())
