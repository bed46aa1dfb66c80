"""Says how a node is: who it is, what it holds, whether work is waiting."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import standings_of
from comity.desk.spilling import SPILLAGE
from comity.desk.surviving import owed_here
from comity.stores import health, log, registers
from comity.values import PartyName, iso, iso_or_none


class StatusRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A node's state. Counts of items are of those that are neither withdrawn nor erased."""

    party: str
    title: str
    kind: str
    exercise: bool
    root_key: str
    database: str
    now: str
    parties: int
    readers: int
    agreements: int
    items: int
    quarantined: int
    deliveries: int
    queued: int  # marks that the sequencer has not worked off
    owed: int = 0  # items that have to be returned or destroyed, for an agreement has ended
    owed_by: str | None = None  # the soonest of their deadlines
    spillages: int = 0  # records held until they turned out to be above the node's ceiling
    log: str = ""  # its name; empty if there is none yet
    log_size: int = 0
    checkpoint_size: int = 0
    read_only: str = ""  # why nothing is written, if so
    counted_at: str | None = None  # when what is held was counted, if not just now; `queued` always is


def node_status(node: Node, actor: Actor, request: StatusRequest) -> StatusAnswer:
    """Count what the node holds."""
    engine = health.engine_of(node.store)
    with node.store.read() as tx:
        now = node.clock()
        # Pages take what was counted a moment ago; who asks by a command, as scripts do, gets what is.
        if actor.via == "web":
            counts, counted_at = node.store.tallies.of("all", now, lambda: health.counts(tx))
        else:
            counts, counted_at = health.counts(tx), None
        queued = health.queued_marks(tx)  # who waits until nothing does needs to know of now
        owed = owed_here(tx, standings_of(tx), PartyName(node.settings.party), node.clock())
        spilled, _ = registers.audit_of(tx, SPILLAGE, 0)
        state = log.log_state(tx)
        last = None if state is None else log.last_checkpoint(tx, state.origin)
    return StatusAnswer(
        party=node.settings.party,
        title=node.settings.title,
        kind=node.settings.kind,
        exercise=node.settings.exercise,
        root_key=node.keys.root_key_id,
        database=f"{engine.name} {engine.version}",
        now=iso(node.clock()),
        owed=len(owed),
        owed_by=iso_or_none(owed[0].survived.due) if owed else None,
        spillages=spilled,
        **counts._replace(queued=queued)._asdict(),
        counted_at=iso_or_none(counted_at),
        log=state.origin if state else "",
        log_size=state.size if state else 0,
        checkpoint_size=last.size if last else 0,
        read_only=node.store.read_only,
    )
