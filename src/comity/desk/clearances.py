"""Says how far the own authorities have cleared an item for a party: who was asked, who cleared it, and by which way.

Not a verb: showing what leaves asks it. What was cleared stands in the acts themselves, by role and never by name; what
still waits is read from what was asked for. A refusal leaves nothing to read: what it was about goes with it.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.node_type import Node
from comity.desk.put_forward import asked_of
from comity.desk.take_grant import act_of
from comity.errors import NodeError
from comity.records.kinds import ReleaseGrant
from comity.records.sets import commitment
from comity.stores import approving, directory, erasing, speaking
from comity.stores.approving import PendingRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant, iso

State = Literal["not-asked", "asked", "cleared", "not-needed", "without"]


class Light(msgspec.Struct, frozen=True, kw_only=True):
    """How one authority stands to it. `method` is how it was cleared; `until`: how long it may still be; `act` waits.

    `without`: done in need, before a second person had cleared it.
    """

    role: str
    state: State
    at: str | None = None
    until: str | None = None
    method: str = ""
    act: int | None = None


def clearances(node: Node, tx: Connection, held: HeldRecord, reader: str, now: Instant) -> tuple[Light, ...]:
    """Give the lights in their order: who asks, who clears. None of another party's item: its originator decides."""
    own = directory.own_party(tx)
    if own is None or held.source_no != own.no:
        return ()
    waiting = next(_waiting(node, tx, held.stix_id, reader, now), None)
    if waiting is not None:
        asked, until = iso(Instant(waiting.asked_ms)), iso(Instant(waiting.until_ms))
        return (
            Light(role="releaser", state="asked", at=asked),
            Light(role="approver", state="asked", until=until, act=waiting.no),
        )
    grants = list(_grants(tx, held, reader))
    if not grants:
        return Light(role="releaser", state="not-asked"), Light(role="approver", state="not-asked")
    last = grants[-1]
    approvals = () if last.approvals is msgspec.UNSET else last.approvals
    first = Light(role="releaser", state="cleared", at=last.at)
    if not approvals:
        return first, Light(role="approver", state="not-needed")
    one = approvals[0]
    state: State = "without" if one.by == approving.BREAK_GLASS else "cleared"
    return first, Light(role="approver" if state == "without" else one.role, state=state, at=one.at, method=one.by)


def _grants(tx: Connection, held: HeldRecord, reader: str) -> Iterator[ReleaseGrant]:
    leaf = commitment(erasing.salt_of(tx, held.no), held.sha256)
    for no in speaking.acts_on(tx, speaking.OWN, {leaf}):
        act = act_of(tx, no)
        if isinstance(act, ReleaseGrant) and reader in act.to:
            yield act


def _waiting(node: Node, tx: Connection, stix_id: str, reader: str, now: Instant) -> Iterator[PendingRow]:
    for row in approving.open_pendings(tx, now):
        if row.verb != "release grant":
            continue
        try:
            request = msgspec.json.decode(asked_of(node, row).request, type=GrantReleaseRequest)
        except NodeError:  # sealed by keys that are gone: it can never be done, so it is asked of nobody
            continue
        if stix_id in request.ids and reader in request.to:
            yield row
