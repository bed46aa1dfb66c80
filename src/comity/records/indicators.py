"""Decides how a bare indicator – an address, a name, a hash – is said in STIX, so that the same one has the same id.

The id follows from the party and the pattern alone: what a party names twice is one indicator, and a newer word on it
a newer version.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID, uuid5

from comity.records.markings import STANDARD_MARKINGS
from comity.values import Instant, Json, JsonObject, Tlp, iso

ValueKind: TypeAlias = Literal["ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "file"]

_INDICATORS: Final = UUID("5a0a3f0e-6c4e-4d52-8d0c-0f2d54f6a6e1")
_PATHS: Final[Mapping[ValueKind, str]] = {
    "ipv4": "ipv4-addr:value",
    "ipv6": "ipv6-addr:value",
    "domain": "domain-name:value",
    "url": "url:value",
    "email": "email-addr:value",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "file": "file:name",
}
# TLP 2.0 as OASIS writes it: the later of the two ids of each level.
_MARKING_OF: Final = {marking.tlp: stix_id for stix_id, marking in STANDARD_MARKINGS.items()}
_TIMES: Final = ("created", "modified")


class Value(NamedTuple):
    """What is watched for, in its plain form. A network counts as an address: STIX has one type for both."""

    kind: ValueKind
    text: str


class Said(NamedTuple):
    """What is said of a value; all of it may be missing."""

    description: str = ""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    tlp: Tlp | None = None
    confidence: int | None = None
    labels: tuple[str, ...] = ()


NOTHING_SAID: Final = Said()


def pattern_of(value: Value) -> str:
    """Give the STIX pattern that finds a value. Source: STIX 2.1 §9.3, string literals."""
    literal = value.text.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[value.kind]} = '{literal}']"


def indicator_id(party: str, value: Value) -> str:
    """Give the id of a party's indicator for a value."""
    return f"indicator--{uuid5(_INDICATORS, f'{party}/{pattern_of(value)}')}"


def indicator_of(party: str, value: Value, said: Said, held: JsonObject | None, now: Instant) -> JsonObject:
    """Give the indicator that a party's word on a value is.

    Args:
        held: the newest version held of it, if any. Where nothing is new the same object is given, so that it is known
            for a duplicate; else a version of now.
    """
    made_at = iso(now)
    obj: JsonObject = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": indicator_id(party, value),
        "created": made_at,
        "modified": made_at,
        "name": value.text,
    }
    if said.description:
        obj["description"] = said.description
    obj |= {"pattern": pattern_of(value), "pattern_type": "stix"}
    # STIX 2.1 §4.7: required; without a word on it, since when the party has said so.
    obj["valid_from"] = made_at if said.valid_from is None else iso(said.valid_from)
    if said.valid_until is not None:
        obj["valid_until"] = iso(said.valid_until)
    if said.confidence is not None:
        obj["confidence"] = said.confidence
    if said.labels:
        obj["labels"] = list[Json](said.labels)
    if said.tlp is not None:
        obj["object_marking_refs"] = [_MARKING_OF[said.tlp]]
    if held is None:
        return obj
    if said.valid_from is None:
        obj["valid_from"] = held.get("valid_from", obj["valid_from"])
    return following(held, obj)


def marking_of(level: Tlp) -> str:
    """Give the id of the standard marking of a level, as OASIS writes TLP 2.0."""
    return _MARKING_OF[level]


def following(held: JsonObject, obj: JsonObject) -> JsonObject:
    """Give the version that follows the one held: the one held if it says the same."""
    obj["created"] = held.get("created", obj["created"])
    same = _without(held, _TIMES) == _without(obj, _TIMES)
    return held if same else obj


def _without(obj: JsonObject, keys: Iterable[str]) -> JsonObject:
    return {key: value for key, value in obj.items() if key not in keys}
