"""Decides what happens to held records that turn out to be above the node's accredited ceiling: their content goes.

Not a verb: classing anew calls it, as when a marking's definition comes after the objects that name it. Each leaves
what intake above the ceiling leaves, a line of the quarantine without content, and an audit line from which the
spillage procedure begins (docs/guides/operating.md, "Spillage").
"""

import hmac
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import head, keep_act
from comity.desk.erasing import erase_copies, erase_records
from comity.desk.node_type import Node
from comity.records.kinds.erasure import Erasure
from comity.stores import directory, erasing, keeping, registers
from comity.stores.keeping import HeldRecord
from comity.stores.registers import Refused
from comity.values import Instant, iso

ABOVE_CEILING = "above-ceiling"
SPILLAGE = "spillage"  # as a verb of the audit
REASON = "A marking that came late puts it above what this node is accredited for."
ORDERED_BY = "This node's classification ceiling"


class Spillage(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one record whose content had to go; nothing of the content."""

    record: int
    source: str
    kept_at: str
    size: int
    served: tuple[str, ...]  # parties that had any of it


def spill(node: Node, tx: Connection, record_nos: Sequence[int], now: Instant) -> None:
    """Erase these records and what else was written of them, and note each as a spillage."""
    found = [keeping.held_record(tx, no) for no in record_nos]
    held = [row for row in found if row is not None and row.body is not None]
    if not held:
        return
    names = {row.no: row.name for row in directory.party_rows(tx)}
    told = [_told(tx, row, names) for row in held]
    refused = [_refused(node, row, now) for row in held]
    digests = erase_records(node, tx, held, now)
    # An erasure like any other: without its act the log would take it for one by hand.
    act = Erasure(**head(node, now)._asdict(), items=digests, reason=REASON, ordered_by=ORDERED_BY)
    keep_act(node, tx, act, now)
    for source_no in {row.source_no for row in held}:
        erase_copies(node, tx, {row.stix_id for row in held if row.source_no == source_no}, {source_no})
    registers.quarantine_all(node.store, tx, refused, node.settings.quarantine_cap_bytes)
    for one in told:
        facts = msgspec.json.encode(one).decode()
        registers.note(tx, at=now, actor="node", via="intake", verb=SPILLAGE, facts=facts)


def _told(tx: Connection, row: HeldRecord, names: dict[int, str]) -> Spillage:
    return Spillage(
        record=row.no,
        source=names[row.source_no],
        kept_at=iso(Instant(row.kept_ms)),
        size=len(row.body or b""),
        served=tuple(sorted(names[no] for no in erasing.readers_served(tx, [row.no]))),
    )


def _refused(node: Node, row: HeldRecord, now: Instant) -> Refused:
    body = row.body or b""
    return Refused(
        source_no=row.source_no,
        # Not even a plain hash stays: it would let content be guessed.
        sha256=hmac.digest(node.keys.token_key, body, "sha256"),
        reason=ABOVE_CEILING,
        path="$",
        size=len(body),
        origin=f"held since {iso(Instant(row.kept_ms))}",
        at_ms=int(now),
        reader_version=0,
        body=None,
    )
