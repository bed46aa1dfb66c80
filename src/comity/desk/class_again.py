"""Classes held records of one source anew, under the markings and the officers' words known by now.

Not a verb: officers' words, grants and late marking definitions share it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.stores import directory
from comity.values import Instant, Tlp


def class_again(node: Node, tx: Connection, source_no: int, record_nos: Sequence[int], now: Instant) -> None:
    """Class held records of one source anew under its markings and their overrides."""
    party = next(row for row in directory.party_rows(tx) if row.no == source_no)
    level = Tlp(party.default_tlp) if party.default_tlp is not None else Tlp.RED
    Intake(node, Source(party, level, "reclass")).class_again(tx, record_nos, now)
