"""Decides which properties a STIX 2.1 object cannot lose and stay what it is.

Source: STIX 2.1 §§3.2, 4-7 (required properties, "at least one of"). A type not listed here has only the common ones.
"""

from collections.abc import Mapping

from comity.records.facts import TYPES
from comity.values import JsonObject

# Never removed from any object: identity and version, and what guards it. Without `object_marking_refs` or
# `granular_markings` an object would look freer than it is, without `revoked` it would look in force.
UNTOUCHABLE = frozenset(
    {"type", "id", "spec_version", "created", "modified", "revoked", "object_marking_refs", "granular_markings"}
)

_NAMED = "attack-pattern campaign course-of-action identity incident infrastructure intrusion-set threat-actor tool"
_VALUED = "domain-name email-addr ipv4-addr ipv6-addr mac-addr url"

REQUIRED: Mapping[str, frozenset[str]] = {
    **{kind: frozenset({"name"}) for kind in (*_NAMED.split(), "vulnerability", "mutex", "software")},
    **{kind: frozenset({"value"}) for kind in _VALUED.split()},
    "autonomous-system": frozenset({"number"}),
    "directory": frozenset({"path"}),
    "email-message": frozenset({"is_multipart"}),
    "extension-definition": frozenset({"created_by_ref", "name", "schema", "version", "extension_types"}),
    "grouping": frozenset({"context", "object_refs"}),
    "indicator": frozenset({"pattern", "pattern_type", "valid_from"}),
    "language-content": frozenset({"object_ref", "contents"}),
    "malware": frozenset({"is_family"}),
    "malware-analysis": frozenset({"product"}),
    "marking-definition": frozenset({"definition", "definition_type", "extensions"}),
    "network-traffic": frozenset({"protocols"}),
    "note": frozenset({"content", "object_refs"}),
    "observed-data": frozenset({"first_observed", "last_observed", "number_observed", "objects"}),
    "opinion": frozenset({"opinion", "object_refs"}),
    "relationship": frozenset({"relationship_type", "source_ref", "target_ref"}),
    "report": frozenset({"name", "published", "object_refs"}),
    "sighting": frozenset({"sighting_of_ref"}),
}

# Each group: if the object had any of these, it must keep one.
ONE_OF: Mapping[str, tuple[frozenset[str], ...]] = {
    "artifact": (frozenset({"payload_bin", "url"}),),
    "file": (frozenset({"hashes", "name"}),),
    "location": (frozenset({"region", "country", "latitude"}),),
    "malware-analysis": (frozenset({"result", "analysis_sco_refs"}),),
    "network-traffic": (frozenset({"src_ref", "dst_ref"}),),
    "observed-data": (frozenset({"objects", "object_refs"}),),
}

# property -> what must stand beside it.
BESIDE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "artifact": (("url", "hashes"), ("encryption_algorithm", "decryption_key")),
    "location": (("latitude", "longitude"), ("longitude", "latitude"), ("precision", "latitude")),
}

# Inside the lists and dictionaries that many types share.
REQUIRED_INSIDE: Mapping[str, frozenset[str]] = {
    "external_references": frozenset({"source_name"}),
    "kill_chain_phases": frozenset({"kill_chain_name", "phase_name"}),
}

REQUIRED_IN_EXTENSION: Mapping[str, frozenset[str]] = {
    "archive-ext": frozenset({"contains_refs"}),
    "http-request-ext": frozenset({"request_method", "request_value"}),
    "icmp-ext": frozenset({"icmp_type_hex", "icmp_code_hex"}),
    "socket-ext": frozenset({"address_family"}),
    "windows-pebinary-ext": frozenset({"pe_type"}),
}

# What says nothing by itself: an object left with only these is withheld.
BARE = UNTOUCHABLE | frozenset("created_by_ref defanged extensions confidence lang labels external_references".split())

# Types that need no reference to be valid; the ends of relationships and sightings are another matter.
SELF_STANDING = frozenset(
    kind
    for kind, needed in {**dict.fromkeys(TYPES, frozenset[str]()), **REQUIRED}.items()
    if kind in ("relationship", "sighting", "extension-definition")
    or (kind != "file" and not any(name.endswith(("_ref", "_refs")) for name in needed.union(*ONE_OF.get(kind, ()))))
)


def missing(before: JsonObject, after: JsonObject) -> str | None:
    """Give the name of a property whose loss between `before` and `after` breaks the object, or None.

    Only losses count: an object that came without a required property is not refused for it here.
    """
    lost = before.keys() - after.keys()
    if not lost:
        return None
    kind = str(before.get("type"))
    for name in sorted(lost & (UNTOUCHABLE | REQUIRED.get(kind, frozenset()))):
        return name
    for group in ONE_OF.get(kind, ()):
        if group & before.keys() and not group & after.keys():
            return min(group & lost)
    for name, other in BESIDE.get(kind, ()):
        if name in after and other in lost:
            return other
    if not after.keys() - BARE:  # nothing left that says anything
        return min(lost)
    return None
