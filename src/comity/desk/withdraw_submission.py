"""Takes back what a reader has submitted: a retraction, by the one who sent it and of nothing else."""

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import head, keep_act
from comity.desk.node_type import Node
from comity.desk.pass_retraction import served_of, tell
from comity.desk.sequence import settle
from comity.desk.submit_items import check_inbox
from comity.desk.unplace import unplace
from comity.desk.views import ReaderActor, ReadQuery
from comity.errors import NotFound
from comity.records.kinds.retraction import RetractedItem, Retraction
from comity.stores import keeping, registers
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ITEM, LIVE
from comity.values import Instant


def withdraw_submission(node: Node, reader: ReaderActor, collection_id: str, object_id: str, query: ReadQuery) -> None:
    """Retract the versions asked for (all, unless the query names some) of one of the reader's own submissions.

    Raises:
        NotFound: no such collection, or this reader has submitted no such object: another's looks the same.
    """
    check_inbox(reader, collection_id)
    with node.store.write() as tx:
        now = node.clock()
        count, act = take_back(node, tx, reader, object_id, query.versions, now)
        facts = msgspec.json.encode({"versions": count, "act": act}).decode()
        registers.note(tx, at=now, actor=reader.user, via=reader.via, verb="withdraw", facts=facts)
    settle(node)


def take_back(
    node: Node,
    tx: Connection,
    reader: ReaderActor,
    object_id: str,
    versions: tuple[str | int, ...],
    now: Instant,
) -> tuple[int, str]:
    """Retract versions of one of a party's own submissions, in the caller's transaction; gives how many, and the act.

    Raises:
        NotFound: the party has submitted no such object: another's looks the same.
    """
    rows = [
        row
        for row in keeping.records_under(tx, object_id)
        if row.source_no == reader.reader_no and row.family == ITEM and row.state == LIVE
    ]
    chosen = _asked(rows, versions)
    if not chosen:
        raise NotFound("no such object")
    reason = "Taken back by its submitter."  # whom it came from is not for those who had it
    act = Retraction(
        **head(node, now)._asdict(),
        items=tuple(
            RetractedItem(id=row.stix_id, version=row.version or None, sha256=row.sha256.hex()) for row in chosen
        ),
        reason=reason,
    )
    keep_act(node, tx, act, now)
    had = {no: nos for no, nos in served_of(tx, chosen).items() if no != reader.reader_no}
    tell(node, tx, chosen, had, reason, None, now)
    keeping.withdraw_records(tx, [row.no for row in chosen])
    unplace(node.store, tx, [row.no for row in chosen], now)
    return len(chosen), act.rid


def _asked(rows: list[HeldRecord], versions: tuple[str | int, ...]) -> list[HeldRecord]:
    """Choose among versions, newest first; without a version, each content is one."""
    if not rows or "all" in versions:
        return rows
    moments = {version for version in versions if isinstance(version, int)}
    ends = [rows[place] for word, place in (("last", 0), ("first", -1)) if word in versions]
    moments |= {row.version_us for row in ends}
    bare = {row.no for row in ends}
    return [row for row in rows if (row.version_us in moments if row.version_us else row.no in bare)]
