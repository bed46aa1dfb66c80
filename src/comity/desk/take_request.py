"""Takes up that a party asks this one, as originator, to let an item go on to a third party.

Not a verb: taking acts in asks it. What counts is that the asker was given the item: it names the salted leaf of a
version that was served to it. Whatever else it asks is kept and acknowledged alike and is shown to nobody: neither
what is held here nor whom it went to can be found out by asking.
"""

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.records.kinds import ReleaseRequest
from comity.records.sets import commitment
from comity.stores import asked, directory, erasing, keeping
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ERASED, ITEM
from comity.values import Instant, id_key

MOST_OPEN = 100  # of one party: who asks for more waits for answers first


def take_request(node: Node, tx: Connection, act: ReleaseRequest, giver: PartyRow, now: Instant, no: int) -> bool:
    """Note what is asked: the same asked again stands in the place of what is open. Clauses do not change by it."""
    if act.of != node.settings.party or not served_versions(tx, act, giver.no):
        return False
    key = id_key(act.item)
    asked.forget_open(tx, giver.no, key, act.to)
    if asked.open_count(tx, giver.no) < MOST_OPEN:
        asked.note_asked(tx, no, giver.no, key, act.to, now)
    return False


def served_versions(tx: Connection, act: ReleaseRequest, asker_no: int) -> list[HeldRecord]:
    """Give the own versions that a request names, and that its asker was served."""
    own, leaves = directory.own_party(tx), set(map(bytes.fromhex, act.leaves))
    return [
        row
        for row in keeping.records_under(tx, act.item)
        if own is not None
        and (row.family, row.source_no) == (ITEM, own.no)
        and row.state != ERASED
        and commitment(erasing.salt_of(tx, row.no), row.sha256) in leaves
        and asker_no in erasing.readers_served(tx, [row.no])
    ]
