"""Says how far the own authorities have cleared an item for a party: who asked, who cleared or refused it, and how.

Not a verb: showing what leaves asks it. What was cleared stands in the acts themselves, by role and never by name. What
waits is read from what was asked for; what was refused, or lapsed, is found by the item and party that it was about
(record 0068). The people are named at their own node only.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.list_acts import concerns, onlooker
from comity.desk.node_type import Node
from comity.desk.put_forward import about_key, asked_of
from comity.desk.roles import may
from comity.desk.two_persons import RULES
from comity.errors import NodeError
from comity.records import codec, dsse
from comity.records.approvals import Approval, approved_challenge
from comity.records.kinds import ReleaseGrant
from comity.records.sets import commitment
from comity.stores import approving, directory, erasing, keeping, speaking
from comity.stores.approving import PendingRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant, iso, iso_or_none

VERB = "release grant"
State = Literal["not-asked", "asked", "cleared", "not-needed", "without", "refused", "lapsed"]


class Light(msgspec.Struct, frozen=True, kw_only=True):
    """How one authority stands to it. `method` is how it was cleared; `until`: how long it may still be.

    `without`: done in need, before a second person had cleared it. `lapsed`: nobody answered in time. `who` said so, as
    far as the node knows; `why` is theirs, for whom it concerns or who may ask for it. `act` is what was asked for.
    """

    role: str
    state: State
    at: str | None = None
    until: str | None = None
    method: str = ""
    act: int | None = None
    who: str = ""
    why: str = ""


def clearances(
    node: Node, tx: Connection, actor: Actor, held: HeldRecord, reader: str, now: Instant
) -> tuple[Light, ...]:
    """Give the lights in their order: who asks, who clears. None of another party's item: its originator decides.

    A grant of this version stands before all that was refused, before or after it: what was consented to is not taken
    back by a refusal to consent again.
    """
    own = directory.own_party(tx)
    if own is None or held.source_no != own.no:
        return ()
    waiting = next(_waiting(node, tx, held.stix_id, reader, now), None)
    if waiting is not None:
        until = iso(Instant(waiting.until_ms))
        return _asked(waiting), Light(role=_second_role(), state="asked", until=until, act=waiting.no)
    asked = approving.pendings_about(tx, VERB, (about_key(node, held.stix_id), about_key(node, reader)))
    grants = list(_grants(tx, held, reader))
    if grants:
        return _cleared(*grants[-1], asked)
    ended = next((row for row in asked if _ended(row, now)), None)
    return _not_cleared(tx, actor, ended)


def _cleared(payload: bytes, grant: ReleaseGrant, asked: list[PendingRow]) -> tuple[Light, ...]:
    approvals: tuple[Approval, ...] = () if grant.approvals is msgspec.UNSET else grant.approvals
    first = Light(role="releaser", state="cleared", at=grant.at)
    if not approvals:
        return first, Light(role=_second_role(), state="not-needed")
    lights = [first]
    for place, one in enumerate(approvals):
        challenge = approved_challenge(payload, approvals, place)
        row = next((row for row in asked if row.challenge == challenge), None)
        in_need = one.by == approving.BREAK_GLASS
        light = Light(role=_second_role() if in_need else one.role, state="without" if in_need else "cleared")
        light = msgspec.structs.replace(light, at=one.at, method=one.by)
        if row is not None:
            lights[0] = msgspec.structs.replace(first, who=row.asked_by)
            light = msgspec.structs.replace(light, act=row.no, who="" if in_need else row.decided_by)
        lights.append(light)
    return tuple(lights)


def _not_cleared(tx: Connection, actor: Actor, row: PendingRow | None) -> tuple[Light, ...]:
    role = _second_role()
    if row is None:
        return Light(role="releaser", state="not-asked"), Light(role=role, state="not-asked")
    if row.state != approving.REFUSED:
        return _asked(row), Light(role=role, state="lapsed", at=iso(Instant(row.until_ms)), act=row.no)
    may_know = concerns(row, onlooker(tx, actor)) or may(actor, VERB)
    return _asked(row), Light(
        role=role,
        state="refused",
        at=iso_or_none(row.decided_ms),
        act=row.no,
        who=row.decided_by,
        why=row.words if may_know else "",
    )


def _asked(row: PendingRow) -> Light:
    return Light(role=row.asked_role, state="asked", at=iso(Instant(row.asked_ms)), who=row.asked_by)


def _second_role() -> str:
    """Name the authority that clears, by the table of two persons; one light, for any one of them suffices."""
    return min(RULES[VERB].approvers)


def _ended(row: PendingRow, now: Instant) -> bool:
    lapsed = row.state == approving.EXPIRED or (row.state == approving.OPEN and row.until_ms <= now)
    return lapsed or row.state == approving.REFUSED


def _grants(tx: Connection, held: HeldRecord, reader: str) -> Iterator[tuple[bytes, ReleaseGrant]]:
    leaf = commitment(erasing.salt_of(tx, held.no), held.sha256)
    for no in speaking.acts_on(tx, speaking.OWN, {leaf}):
        row = keeping.held_record(tx, no)
        if row is None or row.body is None:
            continue
        payload = dsse.unverified_payload(row.body)
        act = codec.decode(payload)
        if isinstance(act, ReleaseGrant) and reader in act.to:
            yield payload, act


def _waiting(node: Node, tx: Connection, stix_id: str, reader: str, now: Instant) -> Iterator[PendingRow]:
    for row in approving.open_pendings(tx, now):
        if row.verb != VERB:
            continue
        try:
            request = msgspec.json.decode(asked_of(node, row).request, type=GrantReleaseRequest)
        except NodeError:  # sealed by keys that are gone: it can never be done, so it is asked of nobody
            continue
        if stix_id in request.ids and reader in request.to:
            yield row
