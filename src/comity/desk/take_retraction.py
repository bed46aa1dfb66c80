"""Takes back from every view here what its source takes back, and whatever of it comes later.

Not a verb: taking acts in and taking pages in share it. The records stay, with the act beside them.
"""

from sqlalchemy import Connection

from comity.desk.accusing import accuse_retraction
from comity.desk.node_type import Node
from comity.desk.unplace import unplace
from comity.records.codec import SignedAct
from comity.records.kinds import Retraction
from comity.stores import keeping, speaking
from comity.stores.directory import PartyRow
from comity.values import Instant, id_key


def take_retraction(
    node: Node, tx: Connection, opened: SignedAct, act: Retraction, giver: PartyRow, now: Instant, no: int
) -> bool:
    """Do what another's retraction says. Releases do not change by it."""
    speaking.note_spoken(node.store, tx, giver.no, no, (id_key(item.id) for item in act.items))
    accuse_retraction(tx, opened, take_back(node, tx, act, giver, now), giver, now)
    return False


def take_back(node: Node, tx: Connection, act: Retraction, giver: PartyRow, now: Instant) -> int:
    """Take back what is held of what an act names; gives how many of the items that it names are another's."""
    anothers = 0
    for item in act.items:
        held = keeping.held_under(tx, {id_key(item.id)}).get(id_key(item.id), [])
        anothers += bool(held) and all(row.source_no != giver.no for row in held)
        nos = [
            row.no
            for row in held
            if row.source_no == giver.no and (item.sha256 is None or row.sha256.hex() == item.sha256)
        ]
        if item.version is not None:
            nos = [no for no in nos if (row := keeping.held_record(tx, no)) is not None and row.version == item.version]
        if nos:
            keeping.withdraw_records(tx, nos)
            unplace(node.store, tx, nos, now)
    return anothers
