"""Opens a party's view: from then on the sequencer places before it what the agreements let it have.

Not a verb: those who give a party something to read share it.
"""

from sqlalchemy import Connection

from comity.desk.acts import uuid4
from comity.desk.node_type import Node
from comity.desk.policy import refresh
from comity.stores import directory, reading
from comity.values import Instant


def open_view(node: Node, tx: Connection, party_no: int, now: Instant) -> tuple[str, str]:
    """Give the ids of a party's view and inbox, opened if they are not yet."""
    ids = reading.view_ids(tx, party_no)
    if ids is None:
        ids = (uuid4(node), uuid4(node))
        directory.add_view(tx, party_no, *ids)
        refresh(node.store, tx, now, whole=[party_no])
    return ids
