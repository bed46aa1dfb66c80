"""Clears an alarm: an officer says that it was looked into, and what was found. Its evidence stays."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.list_alarms import AlarmView, alarm_view
from comity.desk.node_type import Node
from comity.desk.rotate_key import OFFICERS
from comity.errors import Conflict, NotFound, UsageError
from comity.stores import alarming
from comity.stores.alarming import AlarmLine
from comity.values import Instant, JsonObject


class ClearAlarmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarm, and what was found; the reason is kept in the audit."""

    number: int
    reason: Annotated[str, Meta(max_length=2_000)]
    idempotency_key: str | None = None


def clear_alarm(node: Node, actor: Actor, request: ClearAlarmRequest) -> AlarmView:
    """Let an alarm stand no longer. What it was raised for raises it again if it goes on.

    Raises:
        NotFound: no such alarm. Conflict: it was cleared already. UsageError: no reason. NotPermitted: no officer.
    """

    def work(tx: Connection, now: Instant) -> tuple[AlarmView, JsonObject]:
        if not request.reason.strip():
            raise UsageError("say what was found")
        alarm = alarming.alarm_of(tx, request.number)
        if alarm is None:
            raise NotFound("no alarm {number}", number=request.number)
        if not alarming.clear_alarm(tx, alarm.no, now):
            raise Conflict("alarm {number} was cleared already", number=request.number)
        line = AlarmLine(*alarm[:5], len(alarm.evidence or b""), alarm.times)
        facts: JsonObject = {
            "alarm": alarm.no, "party": alarm.party, "kind": alarm.kind, "reason": request.reason,
        }  # fmt: skip
        return alarm_view(line), facts

    return carry_out(node, actor, "peer clear", request, AlarmView, work, roles=OFFICERS)
