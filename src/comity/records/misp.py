"""Decides what the parts of a MISP event are, each with its bytes: the event itself, its attributes, objects, reports.

A part is what a release decision can be about. Its exact bytes are kept as its source form, so that MISP gets back what
it gave; `fields` is the same, decoded. What a part must have is little (uuid, type, value): one without it is refused
and the others stand. Source: MISP core format (draft-dulaunoy-misp-core-format).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID, uuid5

import msgspec

from comity.errors import RecordRejected
from comity.records.strict_json import read_object
from comity.values import Json, JsonObject, instant

PartKind: TypeAlias = Literal["event", "attribute", "object", "report", "reference"]
MispReason: TypeAlias = Literal[
    "not-an-event", "no-uuid", "bad-attribute", "bad-object", "bad-report", "bad-event", "repeated-uuid",
    "missing-file",
]  # fmt: skip

LISTS: Final[Mapping[str, PartKind]] = {"Attribute": "attribute", "Object": "object", "EventReport": "report"}
# What an instance says of other events, or of its own state: not this event's, and not its author's to give.
OF_THE_INSTANCE: Final = frozenset(
    ("RelatedEvent", "RelatedAttribute", "Feed", "Server", "EventBlocklist", "event_creator_email", "User")
)
# Within a reference stands a copy of what it leads to, which may be handled more strictly.
COPIES: Final = frozenset(("Attribute", "Object"))
MOST_PARTS: Final = 200_000
LATEST_S: Final = 253_402_300_799  # the last second of 9999

_REFERENCES: Final = UUID("dfb19acd-418f-4227-bade-5047aa01b929")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_REASONS: Final[Mapping[PartKind, MispReason]] = {
    "reference": "bad-object",
    "event": "bad-event", "attribute": "bad-attribute", "object": "bad-object", "report": "bad-report"
}  # fmt: skip
_LISTS_WITHIN: Final = ("Tag", "Galaxy", "Sighting", "ShadowAttribute", "Note", "Opinion", "ObjectReference")


class Loss(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something of MISP that STIX does not say, or says otherwise.

    `what`: its MISP type. `kept` in the source form, so that MISP gets it back; else it is gone, and only named here.
    """

    uuid: str
    what: str
    field: str
    before: str
    after: str = ""
    kept: bool = True


class Part(NamedTuple):
    """One part of an event. `place`: where in its list; `raw`: its bytes, without those of the parts in it.

    `of`: of a reference, the object that makes it; it tells of two parts and goes only where both go.
    """

    kind: PartKind
    uuid: str
    raw: bytes
    fields: JsonObject
    path: str
    place: int
    dropped: tuple[str, ...] = ()  # keys that are the instance's own
    of: str = ""


class RefusedPart(NamedTuple):
    """A part that cannot be taken, and why."""

    reason: MispReason | str
    path: str
    raw: bytes


class MispEvent(NamedTuple):
    """An event that can be taken: its own part, the others that are sound, those that are not; what was left out."""

    event: Part
    parts: tuple[Part, ...]
    refused: tuple[RefusedPart, ...]
    left_out: tuple[Loss, ...]

    @property
    def at_s(self) -> int:
        """When the event was last changed, in seconds since 1970."""
        return moment_of(self.event.fields)


def read_event(members: list[tuple[str, bytes]], path: str) -> MispEvent:
    """Read an event given as its keys with the bytes of their values, each key once.

    Raises:
        RecordRejected: it has no uuid, or is no event; with one of `MispReason` and the path.
    """
    own = [(key, raw) for key, raw in members if key not in LISTS and key not in OF_THE_INSTANCE]
    raw = _written(own)
    fields = read_object(raw)
    uuid = uuid_of(fields)
    if uuid is None:
        raise RecordRejected("no-uuid", f"{path}.uuid")
    _check_event(fields, path)
    refused: list[RefusedPart] = []
    parts: list[Part] = []
    seen = {uuid}
    for key, body in members:
        kind = LISTS.get(key)
        if kind is not None:
            for one in _listed(kind, body, f"{path}.{key}", seen):
                (parts if isinstance(one, Part) else refused).append(one)  # type: ignore[arg-type]  # told apart here
    left_out = tuple(
        Loss(uuid=uuid, what="event", field=key, before=f"{len(body)} bytes", kept=False)
        for key, body in members
        if key in OF_THE_INSTANCE and body.strip() not in (b"[]", b"{}", b"null")
    )
    return MispEvent(Part("event", uuid, raw, fields, path, 0), tuple(parts), tuple(refused), left_out)


def uuid_of(fields: JsonObject) -> str | None:
    """Give a part's uuid in lower case; none if it has none that is one."""
    uuid = fields.get("uuid")
    return uuid.lower() if isinstance(uuid, str) and _UUID.fullmatch(uuid) else None


def moment_of(fields: JsonObject, otherwise: int = 0) -> int:
    """Give when a part was last changed, in seconds since 1970; of an event without a timestamp its date."""
    for key in ("timestamp", "publish_timestamp"):
        seconds = seconds_of(fields.get(key))
        if seconds:
            return seconds
    date = fields.get("date")
    if isinstance(date, str):
        try:
            return max(0, int(instant(date)) // 1000)
        except (ValueError, OverflowError):
            return otherwise
    return otherwise


def seconds_of(value: Json) -> int | None:
    """Read a MISP timestamp: a number of seconds, or its digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LATEST_S)):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST_S:
        return value
    return None


def is_set(value: Json) -> bool:
    """Read a MISP flag, written as a truth value, a number or a digit."""
    return value is True or value in (1, "1") or (isinstance(value, str) and value.lower() == "true")


def tag_names(fields: JsonObject) -> tuple[str, ...]:
    """Give the names of a part's tags."""
    tags = fields.get("Tag")
    named = [tag.get("name") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return tuple(name for name in named if isinstance(name, str))


def inner_parts(fields: JsonObject, key: str) -> Iterator[JsonObject]:
    """Give the objects under a key that holds a list of them."""
    listed = fields.get(key)
    yield from (one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict))


def _written(members: list[tuple[str, bytes]]) -> bytes:
    return b"{" + b",".join(msgspec.json.encode(key) + b":" + raw for key, raw in members) + b"}"


def _listed(kind: PartKind, body: bytes, path: str, seen: set[str]) -> Iterator[Part | RefusedPart]:
    if body.strip() == b"null":
        return
    try:
        raws = [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError):
        yield RefusedPart(_REASONS[kind], path, body)
        return
    for place, raw in enumerate(raws):
        here = f"{path}[{place}]"
        if place >= MOST_PARTS:
            yield RefusedPart("too-many", here, b"")
            return
        try:
            part = _part(kind, raw, here, place, seen)
        except RecordRejected as exc:
            yield RefusedPart(exc.reason, exc.path.replace("$", here, 1), raw)
            continue
        if kind != "object" or "ObjectReference" not in part.fields:
            yield part
            continue
        fields = {key: value for key, value in part.fields.items() if key != "ObjectReference"}
        yield part._replace(fields=fields, raw=msgspec.json.encode(fields))
        for number, reference in enumerate(inner_parts(part.fields, "ObjectReference")):
            yield _reference(part, reference, f"{here}.ObjectReference[{number}]", number)


def _part(kind: PartKind, raw: bytes, path: str, place: int, seen: set[str]) -> Part:
    fields = read_object(raw)
    dropped = tuple(sorted(OF_THE_INSTANCE & fields.keys()))
    if dropped:
        fields = {key: value for key, value in fields.items() if key not in OF_THE_INSTANCE}
    if dropped:
        raw = msgspec.json.encode(fields)
    uuid = uuid_of(fields)
    if uuid is None:
        raise RecordRejected("no-uuid", "$.uuid")
    _check_part(kind, fields)
    inner = [uuid_of(one) for one in inner_parts(fields, "Attribute")]
    own = [uuid, *(one for one in inner if one is not None)]
    if len(set(own)) != len(own) or not seen.isdisjoint(own):
        raise RecordRejected("repeated-uuid", "$.uuid")
    seen.update(own)
    return Part(kind, uuid, raw, fields, path, place, dropped)


def _reference(part: Part, reference: JsonObject, path: str, place: int) -> Part:
    fields = {key: value for key, value in reference.items() if key not in COPIES}
    dropped = tuple(sorted(COPIES & reference.keys()))
    named = uuid_of(fields) or str(uuid5(_REFERENCES, f"{part.uuid}/{place}"))
    return Part("reference", named, msgspec.json.encode(fields), fields, path, place, dropped, part.uuid)


def _check_event(fields: JsonObject, path: str) -> None:
    for key in ("info", "date"):
        if not isinstance(fields.get(key, ""), str):
            raise RecordRejected("bad-event", f"{path}.{key}")
    for key in ("Orgc", "Org"):
        if not isinstance(fields.get(key), dict | None):
            raise RecordRejected("bad-event", f"{path}.{key}")
    _check_lists("event", fields, path)


def _check_part(kind: PartKind, fields: JsonObject) -> None:
    if kind == "attribute":
        _check_attribute(fields, "bad-attribute", "$")
    elif kind == "object":
        _check_text(fields, "name", "bad-object", "$")
        _check_lists(kind, fields, "$")
        listed = fields.get("Attribute", [])
        if not isinstance(listed, list):
            raise RecordRejected("bad-object", "$.Attribute")
        for place, one in enumerate(listed):
            where = f"$.Attribute[{place}]"
            if not isinstance(one, dict):
                raise RecordRejected("bad-object", where)
            _check_text(one, "object_relation", "bad-object", where)
            _check_attribute(one, "bad-object", where)
    else:
        _check_text(fields, "name", "bad-report", "$")
        if not isinstance(fields.get("content", ""), str | None):
            raise RecordRejected("bad-report", "$.content")


def _check_attribute(fields: JsonObject, reason: MispReason, path: str) -> None:
    if uuid_of(fields) is None:
        raise RecordRejected("no-uuid", f"{path}.uuid")
    _check_text(fields, "type", reason, path)
    value = fields.get("value")
    if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
        raise RecordRejected(reason, f"{path}.value")
    for key in ("comment", "category", "data"):
        if not isinstance(fields.get(key), str | None):
            raise RecordRejected(reason, f"{path}.{key}")
    _check_lists("attribute", fields, path, reason)


def _check_text(fields: JsonObject, key: str, reason: MispReason, path: str) -> None:
    text = fields.get(key)
    if not isinstance(text, str) or not text:
        raise RecordRejected(reason, f"{path}.{key}")


def _check_lists(kind: PartKind, fields: JsonObject, path: str, reason: MispReason | None = None) -> None:
    for key in _LISTS_WITHIN:
        listed = fields.get(key)
        if listed is None:
            continue
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise RecordRejected(reason or _REASONS[kind], f"{path}.{key}")
    # A tag that cannot be read may be the one that restricts.
    if any(not isinstance(tag.get("name"), str) for tag in inner_parts(fields, "Tag")):
        raise RecordRejected(reason or _REASONS[kind], f"{path}.Tag")
