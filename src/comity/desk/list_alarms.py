"""Lists the alarms that stand: what a peer's node did that must not be passed over."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import NotFound
from comity.stores import alarming, directory
from comity.stores.alarming import AlarmLine
from comity.values import Instant, iso


class ListAlarmsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all alarms that stand, or for those on one party."""

    party: str | None = None


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm: its kind, the facts in the words of the program, and of how many bytes the evidence is.

    It was raised so many `times` since it stands; the evidence is of the first.
    """

    number: int
    at: str
    party: str
    kind: str
    facts: str
    evidence_bytes: int
    times: int = 1


class AlarmList(msgspec.Struct, frozen=True, kw_only=True):
    """The alarms that stand, the oldest first."""

    alarms: tuple[AlarmView, ...]


def list_alarms(node: Node, actor: Actor, request: ListAlarmsRequest) -> AlarmList:
    """Give the alarms that nobody has cleared.

    Raises:
        NotFound: no such party.
    """
    with node.store.read() as tx:
        if request.party is not None and directory.party_named(tx, request.party) is None:
            raise NotFound("no party {party}", party=request.party)
        return AlarmList(alarms=tuple(map(alarm_view, alarming.alarm_lines(tx, request.party))))


def alarm_view(line: AlarmLine) -> AlarmView:
    """Give an alarm as people need it."""
    return AlarmView(
        number=line.no,
        at=iso(Instant(line.at_ms)),
        party=line.party,
        kind=line.kind,
        facts=line.facts,
        evidence_bytes=line.evidence_bytes,
        times=line.times,
    )
