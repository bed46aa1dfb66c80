"""Tells those who were served records that are taken back: each by a signed act that names what it had and no more.

Not a verb: retracting, and taking back what another party gave, share it. What was passed on is its giver's to take
back, so a retraction goes along the way that the item went.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection

from comity.desk.acts import head, keep_act
from comity.desk.node_type import Node
from comity.desk.send_acts import send_act
from comity.records.kinds import RetractedItem, Retraction
from comity.stores import directory, erasing
from comity.stores.keeping import HeldRecord
from comity.values import Instant


def served_of(tx: Connection, held: Sequence[HeldRecord]) -> dict[int, frozenset[int]]:
    """Give which of these records each reader was ever served; to be asked before they are withdrawn."""
    found: dict[int, set[int]] = {}
    for row in held:
        for reader_no in erasing.readers_served(tx, [row.no]):
            found.setdefault(reader_no, set()).add(row.no)
    return {reader_no: frozenset(nos) for reader_no, nos in found.items()}


def retraction_of(
    node: Node, held: Sequence[HeldRecord], reason: str, deadline: str | None, now: Instant
) -> Retraction:
    """Make the act that takes these back."""
    items = tuple(RetractedItem(id=row.stix_id, version=row.version or None) for row in held)
    return Retraction(**head(node, now)._asdict(), items=items, reason=reason, deadline=deadline)


def tell(
    node: Node,
    tx: Connection,
    held: Sequence[HeldRecord],
    had: Mapping[int, frozenset[int]],
    reason: str,
    deadline: str | None,
    now: Instant,
    *,
    made: Mapping[frozenset[int], int] = MappingProxyType({}),
) -> None:
    """Put an act in line for each reader. What others had is not for it to know.

    Args:
        had: which of the records each reader was served.
        made: acts that are kept already, by the records that they name.
    """
    names = {row.no: row.name for row in directory.party_rows(tx)}
    parts = dict(made)
    for reader_no, nos in sorted(had.items()):
        if nos not in parts:
            part = retraction_of(node, [row for row in held if row.no in nos], reason, deadline, now)
            parts[nos] = keep_act(node, tx, part, now)
        send_act(tx, parts[nos], [names[reader_no]], now)
