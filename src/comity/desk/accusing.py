"""Raises alarms on sound acts that say what cannot be: a receipt for nothing, a retraction of what is another's.

Not a verb: taking acts in calls it. Such an act is kept, for it is its giver's word, and has no effect; passed over in
silence it would hide that a node is confused, was restored from a backup, or lies.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.records.codec import SignedAct
from comity.records.kinds import Receipt
from comity.stores import alarming, erasing, keeping, sending
from comity.stores.directory import PartyRow
from comity.values import Instant


def accuse_receipts(tx: Connection, receipts: Sequence[SignedAct], giver: PartyRow, now: Instant) -> None:
    """Raise an alarm on each receipt that names what this node does not know to have sent to its giver.

    An officer's receipt on an item names the bytes received, which for a rendition nobody here holds: it is judged by
    whether any version of the item was ever served to its giver.
    """
    named = {bytes.fromhex(name) for one in receipts if isinstance(one.act, Receipt) for name in one.act.of}
    known = sending.known_to(tx, giver.no, named)
    for one in receipts:
        if not isinstance(one.act, Receipt):
            continue
        if known.issuperset(map(bytes.fromhex, one.act.of)) or _was_served(tx, one.act.about, giver):
            continue
        facts = f"a receipt ({one.act.level}) names what is not known to have been sent"
        alarming.raise_alarm(tx, giver.no, "receipt-for-nothing", facts, now, one.envelope)


def _was_served(tx: Connection, stix_id: str | None, giver: PartyRow) -> bool:
    if stix_id is None:
        return False
    return giver.no in erasing.readers_served(tx, [row.no for row in keeping.records_under(tx, stix_id)])


def accuse_retraction(tx: Connection, opened: SignedAct, anothers: int, giver: PartyRow, now: Instant) -> None:
    """Raise an alarm on a retraction that names items which are held, but from others than its giver alone."""
    if anothers:
        facts = f"a retraction names items that came from others: {anothers}"
        alarming.raise_alarm(tx, giver.no, "retraction-of-anothers", facts, now, opened.envelope)
