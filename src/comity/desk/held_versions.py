"""Finds what a party has given already of the objects that we make of its words: a repeat brings nothing new."""

from collections.abc import Iterable

import msgspec

from comity.desk.node_type import Node
from comity.stores import keeping
from comity.stores.tables import LIVE
from comity.values import JsonObject, id_key


def newest_held(node: Node, source_no: int, ids: Iterable[str]) -> dict[str, bytes]:
    """Give the bytes of the newest live version that a source has given of each of these ids, if there is one."""
    newest: dict[bytes, tuple[int, int]] = {}
    with node.store.read() as tx:
        for key, those in keeping.held_under(tx, {id_key(stix_id) for stix_id in ids}).items():
            own = [(one.version_us, one.no) for one in those if one.source_no == source_no and one.state == LIVE]
            if own:
                newest[key] = max(own)
        records = keeping.held_records(tx, [no for _, no in newest.values()])
    return {one.stix_id: one.body for one in records if one.body is not None}


def bytes_after(held: bytes | None, before: JsonObject | None, obj: JsonObject) -> bytes:
    """Write an object; the very bytes held where it says nothing new.

    Args:
        before: the object that the bytes held are.
    """
    return held if held is not None and obj == before else msgspec.json.encode(obj)
