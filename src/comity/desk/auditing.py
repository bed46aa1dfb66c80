"""Writes what an actor did into the audit.

Not a verb: those that are not one transaction through `carry_out` share it with that.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.stores import registers
from comity.values import Instant


def note(tx: Connection, actor: Actor, verb: str, facts: Mapping[str, object], now: Instant) -> None:
    """Write an audit line into the transaction of the act itself. The facts hold no content."""
    registers.note(tx, at=now, actor=actor.name, via=actor.via, verb=verb, facts=msgspec.json.encode(facts).decode())
