"""Decides which objects of a page that others passed on are signed by their originator, by its set alone.

A set is signed besides the statement, which is for one reader: who passes items on shows the set, and for each item its
exact bytes, its salt and its place. Whatever wrote the objects anew in between does not matter. The set's envelope has
been opened already: who issued it is known.
"""

from collections.abc import Sequence

import msgspec

from comity.errors import RecordRejected
from comity.records.kinds import ItemSet
from comity.records.sets import commitment, grown
from comity.records.sidecar import CarriedItem, Entry, exact_bytes, node_list, salt_of
from comity.rooms.exchange.receiving import page_digests


class Carried(msgspec.Struct, frozen=True):
    """One object as its originator signed it: at which place of its set, and the exact bytes."""

    place: int
    body: bytes


def judge_carried(signed: ItemSet, entries: Sequence[Entry], nodes: str) -> tuple[Carried, ...]:
    """Give the objects that the set's issuer signed. Entries without a place, a salt or bytes are not among them.

    Raises:
        RecordRejected: what is said to be of the set does not lead to its root.
    """
    found: list[Carried] = []
    leaves: dict[int, bytes] = {}
    for n, entry in enumerate(entries):
        salt = salt_of(entry)
        if entry.place is None or salt is None or entry.bytes is None:
            continue
        if entry.place in leaves:
            raise RecordRejected("bad-proof", f"$.entries[{n}].place", "it stands twice")
        body = exact_bytes(entry.bytes, f"$.entries[{n}].bytes")
        leaves[entry.place] = commitment(salt, page_digests([body])[0])
        found.append(Carried(entry.place, body))
    if not found:
        return ()
    if grown(leaves, signed.size, node_list(nodes))[-1] != {0: bytes.fromhex(signed.root)}:
        raise RecordRejected("bad-proof", "$.nodes", "it does not lead to the signed root")
    return tuple(found)


def judge_passed_on(
    signed: ItemSet, items: Sequence[CarriedItem], digests: Sequence[bytes], nodes: str
) -> tuple[dict[int, bytes], ...]:
    """Check that objects of a page stand in the set of another party, by the bytes that came.

    Args:
        digests: SHA-256 of each object's bytes, by the entry that stands for it.

    Returns:
        The set's tree as far as it is known by this.

    Raises:
        RecordRejected: bad-proof: it does not lead to the signed root, or speaks of what is not on the page.
    """
    leaves: dict[int, bytes] = {}
    for n, item in enumerate(items):
        if item.entry >= len(digests):
            raise RecordRejected("bad-proof", f"$.items[{n}].entry", "no such object on the page")
        if item.place in leaves:
            raise RecordRejected("bad-proof", f"$.items[{n}].place", "it stands twice")
        leaves[item.place] = commitment(bytes.fromhex(item.salt), digests[item.entry])
    levels = grown(leaves, signed.size, node_list(nodes))
    if levels[-1] != {0: bytes.fromhex(signed.root)}:
        raise RecordRejected("bad-proof", "$.nodes", "it does not lead to the signed root")
    return levels
