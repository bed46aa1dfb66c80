"""Gives what proves an alarm, byte for byte: envelopes that a peer signed, for others to verify."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import NotFound
from comity.stores import alarming


class ShowEvidenceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarm, standing or cleared, by its number."""

    number: int


class EvidenceShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the alarm says, and what proves it: one envelope, or for an equivocation two in one JSON object."""

    number: int
    party: str
    kind: str
    facts: str
    evidence: bytes


def show_evidence(node: Node, actor: Actor, request: ShowEvidenceRequest) -> EvidenceShown:
    """Give the evidence of an alarm.

    Raises:
        NotFound: no such alarm, or it is about something of which there is none.
    """
    with node.store.read() as tx:
        alarm = alarming.alarm_of(tx, request.number)
    if alarm is None:
        raise NotFound("no alarm {number}", number=request.number)
    if alarm.evidence is None:
        raise NotFound("alarm {number} has no evidence but its words", number=request.number)
    return EvidenceShown(
        number=alarm.no, party=alarm.party, kind=alarm.kind, facts=alarm.facts, evidence=alarm.evidence
    )
