"""Reads again what an older version of this program could not read, as soon as a newer one starts.

Not a verb: the sequencer does it when it begins. A batch is one transaction, so a start that is cut short goes on at
the next. What was refused for what it is (above the ceiling, over a limit) has no content here and stays as it is.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk import intake
from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.stores import directory, registers
from comity.stores.registers import Quarantined
from comity.values import Instant, Tlp
from comity.wire.bundles import Found

AT_ONCE = 500


class Retried(NamedTuple):
    """How many inputs were read again, and how many of them are kept now."""

    read: int = 0
    kept: int = 0


def retry_quarantine(node: Node) -> Retried:
    """Try everything in quarantine that an older reading refused and whose bytes are held."""
    read = kept = 0
    while True:
        with node.store.write() as tx:
            now = node.clock()
            rows = registers.to_retry(tx, intake.READER_VERSION, AT_ONCE)
            parties = {party.no: party for party in directory.party_rows(tx)}
            for row in rows:
                kept += _retry(node, tx, row, parties[row.source_no], now)
        if not rows:
            return Retried(read, kept)
        read += len(rows)


def _retry(node: Node, tx: Connection, row: Quarantined, party: directory.PartyRow, now: Instant) -> bool:
    """Take one input in as coming from its source; unmarked, it counts as what the source states, or as red."""
    level = party.default_tlp
    if level is None:
        level = Tlp.of(node.settings.default_tlp) if party.is_self else Tlp.RED
    source = Source(party, Tlp(level), row.origin)
    found = Found(body=row.body, reason=None, path=row.path, size=row.size)
    (outcome,) = Intake(node, source).keep(tx, [found], now).outcomes
    if outcome.result == "quarantined" and outcome.reason == row.reason:
        registers.retried(tx, row.no, intake.READER_VERSION)
    else:
        registers.leave_quarantine(tx, row.no)
    return outcome.result != "quarantined"
