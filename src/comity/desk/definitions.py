"""Gives what every reader may look up by its id: the definition of the mark on renditions, and who made it.

They are the program's own and stand in no view: whoever asks for their ids gets the same bytes with the same date, so
neither their presence nor their absence tells of anything held (DESIGN §5, noninterference). A list of a view does not
name them. What others have sent under these ids does not come in their place.
"""

from functools import cache

import msgspec

from comity.desk.views import ReadQuery
from comity.records.envelope import read_envelope
from comity.rooms.release.renditions import RENDITION_DEFINITIONS
from comity.stores.reading import Shown
from comity.values import JsonObject, id_key, instant

DEFINED_IDS = frozenset(str(definition["id"]) for definition in RENDITION_DEFINITIONS)


def definitions_asked(query: ReadQuery, after_ms: int) -> list[Shown]:
    """Give the definitions that a request names by their ids, after a date; older than all that a node delivers."""
    if DEFINED_IDS.isdisjoint(query.ids):
        return []
    return [row for row in _defined() if row.stix_id in query.ids and row.date_ms > after_ms and _is_asked(row, query)]


@cache
def _defined() -> tuple[Shown, ...]:
    return tuple(_shown(order, definition) for order, definition in enumerate(RENDITION_DEFINITIONS))


def _shown(order: int, definition: JsonObject) -> Shown:
    body = msgspec.json.encode(definition)
    envelope = read_envelope(body)
    date_ms = int(instant(envelope.version)) + order  # dates of one collection are unique
    return Shown(
        date_ms=date_ms,
        item_no=0,
        stix_id=envelope.stix_id,
        id_key=id_key(envelope.stix_id),
        type=envelope.type,
        version=envelope.version,
        version_us=envelope.version_us,
        spec=21,
        class_no=0,
        flags=0,
        ref_keys=None,
        many=False,
        body=body,
        gate_no=0,
        source_no=0,
    )


def _is_asked(row: Shown, query: ReadQuery) -> bool:
    if query.types and row.type not in query.types:
        return False
    if query.spec_versions and "2.1" not in query.spec_versions:
        return False
    return any(wish in ("first", "last", "all", row.version_us) for wish in query.versions)
