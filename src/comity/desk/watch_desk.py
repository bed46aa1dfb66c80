"""Gives each part of the first page, and an intake, as a fingerprint: so an open page can be told when it is stale.

Not a verb: it answers with no content, only whether something is otherwise than before. A look keeps no session alive.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from comity.desk.actor import Actor
from comity.desk.list_acts import ListActsRequest, list_acts
from comity.desk.node_type import Node
from comity.desk.recover_account import recovery_notices
from comity.desk.sessions import Person, still_holds
from comity.desk.show_desk import ShowDeskRequest, show_desk
from comity.stores import taking


def fingerprints(node: Node, person: Person) -> Mapping[str, bytes] | None:
    """Give a fingerprint of each part of the first page as this person is shown it; None once the session has ended."""
    if not still_holds(node, person):
        return None
    actor = Actor(name=person.name, role=person.roles[0], via="web")
    desk = show_desk(node, actor, ShowDeskRequest())
    acts = list_acts(node, actor, ListActsRequest())
    recoveries = recovery_notices(node, person.name, person.roles)
    parts = {
        "acts": (acts, recoveries),
        "intake": (desk.quarantine, desk.read_only),
        "alarms": desk.alarms,
        "receipts": desk.receipts_due,
        "streams": (desk.peers, desk.notices_given_up),
        "changes": desk.changes,
        "requests": desk.requests,
    }
    return {part: hashlib.sha256(msgspec.json.encode(shown)).digest() for part, shown in parts.items()}


class IntakeSeen(NamedTuple):
    """How far an intake is, and whether it will be any further."""

    state: str
    done: int
    total: int
    has_ended: bool


def intake_seen(node: Node, person: Person, intake_id: str) -> IntakeSeen | None:
    """Look how far a person's own intake is; None once the session has ended, or if it is not theirs."""
    if not still_holds(node, person):
        return None
    with node.store.read() as tx:
        row = taking.intake(tx, intake_id)
    if row is None or row.asked_by != person.name or row.asked_via != "web":
        return None
    return IntakeSeen(row.state, row.done, row.total, has_ended=row.ended_ms is not None)


def stale(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[str, ...]:
    """Name the parts that are otherwise than before."""
    return tuple(part for part, seen in after.items() if before.get(part) != seen)
