import pytest
from stix2 import registry

from comity.records.required import ONE_OF, REQUIRED, UNTOUCHABLE, missing
from comity.values import JsonObject


def test_nothing_lost_is_nothing_missing() -> None:
    obj: JsonObject = {"type": "report", "id": "report--1"}  # came without its name: not our refusal
    assert missing(obj, obj) is None


def test_a_required_property_is_missed_and_an_optional_one_is_not() -> None:
    obj: JsonObject = {"type": "malware", "id": "m", "is_family": True, "name": "x", "description": "y"}
    assert missing(obj, {k: v for k, v in obj.items() if k != "is_family"}) == "is_family"
    assert missing(obj, {k: v for k, v in obj.items() if k != "description"}) is None


def test_one_of_a_group_must_stay() -> None:
    obj: JsonObject = {"type": "file", "id": "f", "hashes": {"MD5": "0"}, "name": "x", "size": 1}
    assert missing(obj, {"type": "file", "id": "f", "name": "x"}) is None
    assert missing(obj, {"type": "file", "id": "f", "size": 1}) == "hashes"


def test_what_must_stand_beside_another_is_missed() -> None:
    obj: JsonObject = {"type": "location", "id": "l", "region": "x", "latitude": 1, "longitude": 2}
    assert missing(obj, {k: v for k, v in obj.items() if k != "longitude"}) == "longitude"
    assert missing(obj, {"type": "location", "id": "l", "region": "x"}) is None


def test_an_object_that_says_nothing_any_more_is_missed() -> None:
    obj: JsonObject = {"type": "x-acme", "id": "x", "note": "secret", "labels": ["a"]}
    assert missing(obj, {"type": "x-acme", "id": "x", "labels": ["a"]}) == "note"


@pytest.mark.parametrize("name", sorted(UNTOUCHABLE))
def test_identity_version_and_guard_are_never_lost(name: str) -> None:
    assert missing({"type": "tool", "name": "x", name: "tool"}, {"name": "x"}) is not None


def test_the_table_has_what_the_stix2_library_requires() -> None:
    for group in ("objects", "observables"):
        for kind, made in registry.STIX2_OBJ_MAPS["2.1"][group].items():
            if kind == "bundle":
                continue
            theirs = {name for name, prop in made._properties.items() if prop.required} - UNTOUCHABLE
            assert theirs <= REQUIRED.get(kind, frozenset()), kind
    assert ONE_OF["network-traffic"] == (frozenset({"src_ref", "dst_ref"}),)
