"""Decides which MISP events the items that a reader may have come back as: each part in its place, with its own bytes.

An event whose own part is not among them comes with its uuid alone and says that the rest was not given. Items that
were never MISP's are named, for misp-stix to turn into one more event.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from comity.errors import RecordRejected
from comity.records.misp import Part, moment_of, tag_names, uuid_of
from comity.records.misp_items import carried_by, event_of
from comity.records.strict_json import read_object
from comity.values import Json, JsonObject

_LISTS: Final = {"attribute": "Attribute", "object": "Object", "report": "EventReport"}
_NOT_ALONE: Final = frozenset(("marking-definition", "extension-definition", "identity", "language-content"))


class EventOut(NamedTuple):
    """An event as MISP reads it, without its wrapper, and what a feed's lists say of it."""

    uuid: str
    body: bytes
    fields: JsonObject  # the event's own, without its parts
    values: tuple[str, ...]  # what its attributes say, for a feed's list of hashes

    @property
    def manifest(self) -> JsonObject:
        """What a feed's manifest says of the event."""
        tags: list[Json] = [{"name": name} for name in tag_names(self.fields)]
        own = {key: self.fields.get(key, "") for key in ("info", "date", "analysis", "threat_level_id", "Orgc")}
        return own | {"timestamp": str(moment_of(self.fields)), "Tag": tags}


class Gathered:
    """Collects items one by one, newest version of each, and gives the events.

    State kept consistent: of every id the newest version seen.
    """

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, bytes]] = {}

    def add(self, stix_id: str, version_us: int, body: bytes) -> None:
        """Take an item; an older version of one that was taken changes nothing."""
        held = self._newest.get(stix_id)
        if held is None or held[0] <= version_us:
            self._newest[stix_id] = (version_us, body)

    def events(self) -> tuple[EventOut, ...]:
        """Give the events, in the order of their uuids."""
        parts: dict[str, list[Part]] = {}
        for _, body in self._newest.values():
            part = part_carried(body)
            if part is not None:
                parts.setdefault(part[0], []).append(part[1])
        return tuple(_event(uuid, parts[uuid]) for uuid in sorted(parts))

    def foreign(self) -> list[JsonObject]:
        """Give the items that were not made of MISP, or empty if all that remains are names and markings."""
        found = [read_object(body) for _, body in self._newest.values() if event_of(body) is None]
        return found if any(obj.get("type") not in _NOT_ALONE for obj in found) else []

    def stray(self) -> int:
        """Count the items made of a MISP part that is not itself among those given: they do not come back."""
        events = {one.uuid for one in self.events()}
        named = [event_of(body) for _, body in self._newest.values()]
        return sum(1 for uuid in named if uuid is not None and uuid not in events)


def part_carried(body: bytes) -> tuple[str, Part] | None:
    """Give the event and the part that an item carries; none if it carries none that can be read."""
    carried = carried_by(body)
    if carried is None or not carried[0].part:
        return None
    about, source = carried
    try:
        raw = source.encode()
        fields = read_object(raw)
    except (RecordRejected, UnicodeEncodeError):
        return None
    kind, event = about.part, uuid_of({"uuid": about.event})
    uuid = uuid_of(fields) or ("" if kind == "reference" else None)
    # Whoever sent the item wrote this: an event's uuid becomes the name of a file.
    if kind not in (*_LISTS, "event", "reference") or event is None or uuid is None:
        return None
    if (kind == "event") != (uuid == event):
        return None
    return event, Part(kind, uuid, raw, fields, "", about.place, (), about.of)  # type: ignore[arg-type]  # looked at


def _event(uuid: str, parts: list[Part]) -> EventOut:
    own = next((part for part in parts if part.kind == "event"), None)
    fields = _not_given(uuid, parts) if own is None else own.fields
    members = _members(fields)
    references: dict[str, list[Part]] = {}
    for part in sorted((one for one in parts if one.kind == "reference"), key=_place):
        references.setdefault(part.of, []).append(part)
    values: list[str] = []
    for kind, key in _LISTS.items():
        listed = sorted((part for part in parts if part.kind == kind), key=_place)
        if listed or kind != "report":
            bodies = b",".join(_with_references(part, references.get(part.uuid, [])) for part in listed)
            members.append(b'"%s":[%s]' % (key.encode(), bodies))
        values += (value for part in listed for value in _values(part.fields))
    return EventOut(uuid, b"{" + b",".join(members) + b"}", fields, tuple(values))


def _not_given(uuid: str, parts: list[Part]) -> JsonObject:
    """Stand in for an event's own part: as new as its newest part, for the receiving organisation alone."""
    newest = max(moment_of(part.fields) for part in parts)
    return {"uuid": uuid, "info": "(not given)", "timestamp": str(newest), "distribution": "0", "threat_level_id": "4"}


def _members(fields: JsonObject) -> list[bytes]:
    return [
        msgspec.json.encode(key) + b":" + msgspec.json.encode(value)
        for key, value in fields.items()
        if key not in _LISTS.values()
    ]


def _place(part: Part) -> tuple[int, str]:
    return part.place, part.uuid


def _with_references(part: Part, references: list[Part]) -> bytes:
    if not references:
        return part.raw
    listed = b",".join(one.raw for one in references)
    return part.raw.rstrip()[:-1] + (b"," if part.fields else b"") + b'"ObjectReference":[%s]}' % listed


def _values(fields: JsonObject) -> Iterator[str]:
    inner = fields.get("Attribute")
    for one in (fields, *(inner if isinstance(inner, list) else ())):
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, str) and value:
            yield value
            if "|" in value:
                yield from (piece for piece in value.split("|") if piece)
