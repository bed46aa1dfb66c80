"""Decides whether the bytes of an item can be read at all, and reads the light envelope beside them.

Lenient in what is read: unknown types, unknown properties and odd identifiers are kept. Refused is only JSON that two
readers could understand differently (see strict_json), and what cannot be keyed by id, type and time.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from comity.errors import RecordRejected
from comity.records.strict_json import REASONS, Reason, read_object
from comity.values import Json, JsonObject, stix_us

__all__ = [
    "REASONS",
    "UNREADABLE_MARKING",
    "Envelope",
    "Reason",
    "read_envelope",
    "read_object",
    "record_refs",
    "scan_id",
]

SpecVersion: TypeAlias = Literal["2.0", "2.1"]
SPEC_NUMBERS: Final[dict[SpecVersion, int]] = {"2.0": 20, "2.1": 21}  # in tenths

ID_LIMIT = 256  # characters

# What cannot be read as a marking must not be read as no marking: no definition has this id, so it is unknown.
UNREADABLE_MARKING = "marking-definition--unreadable"

_TYPES_20 = frozenset(
    """attack-pattern campaign course-of-action identity indicator intrusion-set malware observed-data report
    threat-actor tool vulnerability relationship sighting marking-definition""".split()
)
_TYPES_SINCE_21 = frozenset(
    """grouping incident infrastructure location malware-analysis note opinion extension-definition language-content
    artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex
    network-traffic process software url user-account windows-registry-key x509-certificate""".split()
)
_ENDS: dict[str, tuple[str, ...]] = {
    "relationship": ("source_ref", "target_ref"),
    "sighting": ("sighting_of_ref", "observed_data_refs", "where_sighted_refs"),
    "language-content": ("object_ref",),
}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is read beside the bytes of an item; `body` stays the record."""

    stix_id: str
    type: str
    version: str  # text of `modified`, else of `created`, else empty
    version_us: int  # the same in microseconds since 1970 UTC; 0 if there is none
    spec_version: SpecVersion
    created_by: str | None  # a claim, it grants no right
    marking_ids: tuple[str, ...]  # of the object as a whole
    granular: bool
    ends: tuple[str, ...]  # of a relationship, sighting or translation: all must be visible
    refs: tuple[str, ...]  # every other reference, created_by_ref included, markings not
    revoked: bool
    sha256: bytes
    body: bytes
    parsed: JsonObject


class _Id(msgspec.Struct):
    id: str


_ID_ALONE = msgspec.json.Decoder(_Id)


def scan_id(body: bytes) -> str | None:
    """Read nothing but the id, for bytes already held; None if there is none to read."""
    try:
        return _ID_ALONE.decode(body).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_envelope(body: bytes, sha256: bytes = b"") -> Envelope:
    """Read one item's bytes.

    Args:
        sha256: of the bytes, by whom it is known already.

    Raises:
        RecordRejected: with one of `REASONS` and the path.
    """
    obj = read_object(body)
    stix_type, stix_id = _type_and_id(obj)
    version, version_us = _version(obj)
    ends, refs = _refs_of(obj, body)
    created_by = obj.get("created_by_ref")
    return Envelope(
        stix_id=stix_id,
        type=stix_type,
        version=version,
        version_us=version_us,
        spec_version=_spec_version(obj, stix_type),
        created_by=created_by if isinstance(created_by, str) else None,
        marking_ids=_marking_ids(obj),
        granular=bool(obj.get("granular_markings")),
        ends=ends,
        refs=refs,
        revoked=obj.get("revoked") is True,
        sha256=sha256 or hashlib.sha256(body).digest(),
        body=body,
        parsed=obj,
    )


def record_refs(obj: JsonObject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the ends of a relationship or sighting, and all other ids referred to, at any depth.

    A reference is text with `--` under a key ending in `_ref` or `_refs`; object_marking_refs and granular markings
    are not references. Each id is given once, in the order of the text.
    """
    ends, refs = _outer_refs(obj, obj)
    for key, value in obj.items():
        if key == "objects" and isinstance(value, dict):
            refs += _outward(value)
        elif isinstance(value, _CONTAINERS) and key != "granular_markings" and not key.endswith(_REF):
            _walk_refs(value, refs)
    return tuple(dict.fromkeys(ends)), tuple(dict.fromkeys(refs))


_REF = ("_ref", "_refs")
_CONTAINERS = (dict, list)


def _refs_of(obj: JsonObject, body: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Do what record_refs does, but go inside only if the bytes can hold a reference key there."""
    named = [key for key in obj if "_ref" in key]
    if body.count(b"_ref") != len(named) or (b"\\" in body and b"\\u" in body):
        return record_refs(obj)
    ends, refs = _outer_refs(obj, named)
    return tuple(ends if len(ends) < 2 else dict.fromkeys(ends)), tuple(refs if len(refs) < 2 else dict.fromkeys(refs))


def _outer_refs(obj: JsonObject, named: Iterable[str]) -> tuple[list[str], list[str]]:
    """Read the references under those of an object's own keys that are named."""
    kind = obj.get("type")
    end_keys = _ENDS.get(kind, ()) if isinstance(kind, str) else ()
    ends: list[str] = []
    refs: list[str] = []
    for key in end_keys:
        _collect(obj.get(key), ends)
    for key in named:
        if key != "object_marking_refs" and key.endswith(_REF) and key not in end_keys:
            _collect(obj[key], refs)
    return ends, refs


def _outward(observables: JsonObject) -> list[str]:
    """Give the references of observed data's own observables that do not lead to another one of them."""
    refs: list[str] = []
    _walk_refs(observables, refs)
    return [ref for ref in refs if ref not in observables]


def _walk_refs(value: Json, refs: list[str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith(_REF):
                _collect(inner, refs)
            else:
                _walk_refs(inner, refs)
    elif isinstance(value, list):
        for inner in value:
            _walk_refs(inner, refs)


def _collect(value: Json, refs: list[str]) -> None:
    if isinstance(value, str):
        if "--" in value:  # 2.0 observables point at each other by bare numbers
            refs.append(value)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, refs)
    elif isinstance(value, dict):
        _walk_refs(value, refs)


def _type_and_id(obj: JsonObject) -> tuple[str, str]:
    stix_id, stix_type = obj.get("id"), obj.get("type")
    if stix_type == "bundle":
        # Its objects would travel under the bundle's own, missing, markings.
        raise RecordRejected("nested-bundle", "$.type")
    if stix_id is None:
        raise RecordRejected("no-id", "$.id")
    if not isinstance(stix_type, str) or not stix_type:
        raise RecordRejected("no-type", "$.type")
    if not isinstance(stix_id, str) or len(stix_id) > ID_LIMIT or not stix_id.isprintable() or " " in stix_id:
        raise RecordRejected("bad-id", "$.id")
    head, _, tail = stix_id.partition("--")
    if head != stix_type or not tail:
        raise RecordRejected("bad-id", "$.id", "does not begin with the type")
    return stix_type, stix_id


def _version(obj: JsonObject) -> tuple[str, int]:
    created, modified = obj.get("created"), obj.get("modified")
    moment = 0
    if created is not None and created != modified:
        moment = _moment(created, "$.created")
    if modified is not None:
        moment = _moment(modified, "$.modified")
    version = created if modified is None else modified
    return (version, moment) if isinstance(version, str) else ("", 0)


def _moment(value: Json, path: str) -> int:
    if not isinstance(value, str) or not value.isascii():
        raise RecordRejected("bad-time", path)
    try:
        return stix_us(value)
    except ValueError as exc:
        raise RecordRejected("bad-time", path, value[:40]) from exc


def _spec_version(obj: JsonObject, stix_type: str) -> SpecVersion:
    given = obj.get("spec_version")
    if given is not None:
        return "2.0" if given == "2.0" else "2.1"
    if stix_type in _TYPES_20:
        return "2.0"
    # An unknown type: 2.0 asks every object for both times; without them it can only be a 2.1 observable.
    versioned = "created" in obj and "modified" in obj
    return "2.0" if versioned and stix_type not in _TYPES_SINCE_21 else "2.1"


def _marking_ids(obj: JsonObject) -> tuple[str, ...]:
    if "object_marking_refs" not in obj:
        return ()
    given = obj["object_marking_refs"]
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        return (given[0],)
    listed = given if isinstance(given, list) else [given]
    return tuple(dict.fromkeys(ref if isinstance(ref, str) else UNREADABLE_MARKING for ref in listed))
