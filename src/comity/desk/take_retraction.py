"""Takes back from every view here what its source takes back, and whatever of it comes later.

Not a verb: taking acts in and taking pages in share it. The records stay, with the act beside them.
"""

from sqlalchemy import Connection

from comity.desk.accusing import accuse_retraction
from comity.desk.node_type import Node
from comity.desk.pass_retraction import served_of, tell
from comity.desk.policy import standings_of
from comity.desk.unplace import unplace
from comity.records.codec import SignedAct
from comity.records.kinds import Retraction
from comity.stores import directory, keeping, speaking
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.stores.tables import WITHDRAWN
from comity.values import Instant, id_key


def take_retraction(
    node: Node, tx: Connection, opened: SignedAct, act: Retraction, giver: PartyRow, now: Instant, no: int
) -> bool:
    """Do what another's retraction says. Releases do not change by it."""
    speaking.note_spoken(node.store, tx, giver.no, no, (id_key(item.id) for item in act.items))
    accuse_retraction(tx, opened, take_back(node, tx, act, giver, now), giver, now)
    return False


def take_back(node: Node, tx: Connection, act: Retraction, giver: PartyRow, now: Instant) -> int:
    """Take back what is held of what an act names, also from those to whom it was passed on.

    Gives how many of the items that it names are another's, and could not have come from this giver either.
    """
    of_others, found = list[set[int]](), dict[int, HeldRecord]()
    for item in act.items:
        held = keeping.held_under(tx, {id_key(item.id)}).get(id_key(item.id), [])
        if held and giver.no not in (sources := {row.source_no for row in held}):
            of_others.append(sources)
        nos = [
            row.no
            for row in held
            if row.source_no == giver.no and (item.sha256 is None or row.sha256.hex() == item.sha256)
        ]
        named = (row for row in keeping.held_records(tx, nos) if row.state != WITHDRAWN)
        found |= {row.no: row for row in named if item.version is None or row.version == item.version}
    gone = list(found.values())
    if gone:
        had = {reader_no: nos for reader_no, nos in served_of(tx, gone).items() if reader_no != giver.no}
        tell(node, tx, gone, had, act.reason, act.deadline, now)
        nos = [row.no for row in gone]
        keeping.withdraw_records(tx, nos)
        unplace(node.store, tx, nos, now)
    # What it may pass on it may take back before that was read here: the act is quicker than the page.
    could = _passed_on_by(node, tx, giver) if of_others else frozenset[int]()
    return sum(sources.isdisjoint(could) for sources in of_others)


def _passed_on_by(node: Node, tx: Connection, giver: PartyRow) -> frozenset[int]:
    """Give the parties whose items a text held here lets a giver pass on to this node, whether it works now or not."""
    me, by_name = node.settings.party, {row.name: row.no for row in directory.party_rows(tx)}
    names: set[str] = set()
    for standing in standings_of(tx):
        parties = standing.agreement.parties
        for clause in standing.agreement.clauses:
            if clause.kind == "forward" and giver.name in (clause.by or parties) and me in (clause.to or parties):
                names.update(clause.from_ or parties)
    return frozenset(by_name[name] for name in names if name in by_name)
