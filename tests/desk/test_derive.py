"""Tests what is derived from an item's bytes."""

import json

from comity.desk.derive import companions, derive, is_fragile
from comity.records.envelope import Envelope, read_envelope
from comity.stores.tables import END, MEMBER, REFS, REVOKED, UPGRADE
from comity.values import Json, id_key
from tests.support.nodes import TLP, a_relationship, an_id, an_object

AUTHOR = an_id("identity", 1)


def read(obj: dict[str, Json]) -> Envelope:
    return read_envelope(json.dumps(obj).encode())


def test_links_are_ends_and_members_and_not_the_author() -> None:
    ends = a_relationship(1, an_id("malware", 1), an_id("tool", 2), created_by_ref=AUTHOR)
    assert derive(read(ends)).links == [(id_key(an_id("malware", 1)), END), (id_key(an_id("tool", 2)), END)]
    report = an_object("report", 1, object_refs=[an_id("tool", 2)], created_by_ref=AUTHOR)
    assert derive(read(report)).links == [(id_key(an_id("tool", 2)), MEMBER)]


def test_flags_say_what_the_object_is() -> None:
    assert derive(read(an_object("malware", 1))).flags == 0
    assert derive(read(an_object("malware", 1, revoked=True))).flags == REVOKED
    assert derive(read(an_object("malware", 1, created_by_ref=AUTHOR))).flags == REFS
    assert derive(read(an_object("malware", 1, spec_version=None))).flags == UPGRADE


def test_companions_are_author_markings_and_extensions_once_each() -> None:
    extension = "extension-definition--00000000-0000-4000-8000-000000000001"
    obj = an_object(
        "malware",
        1,
        created_by_ref=AUTHOR,
        object_marking_refs=[TLP["green"]],
        granular_markings=[{"marking_ref": TLP["green"], "selectors": ["name"]}, {"lang": "fr", "selectors": ["name"]}],
        extensions={extension: {"extension_type": "property-extension"}, "other": {}},
    )
    assert companions(read(obj)) == (AUTHOR, TLP["green"], extension)
    assert derive(read(obj)).companion_keys == b"".join(map(id_key, (AUTHOR, TLP["green"], extension)))
    assert derive(read(an_object("malware", 1))).companion_keys is None


def test_what_is_nothing_without_its_references_is_fragile() -> None:
    assert is_fragile(read(an_object("grouping", 1, object_refs=[an_id("tool", 1)])))
    assert not is_fragile(read(an_object("malware", 1, created_by_ref=AUTHOR)))
    assert not is_fragile(read(an_object("malware", 1)))


def test_keys_may_come_from_who_remembers_them() -> None:
    obj = an_object("malware", 1, created_by_ref=AUTHOR)
    assert derive(read(obj), lambda name: b"<%s>" % name.encode()).ref_keys == b"<%s>" % AUTHOR.encode()
