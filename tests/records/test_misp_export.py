"""Tests that events are put together again from the items given, and that a liar's item puts nothing together."""

import json
from typing import Any

import msgspec
import pytest

from comity.catalogue.read import load_catalogue
from comity.records.misp import read_event
from comity.records.misp_export import Gathered, part_carried
from comity.records.misp_items import ABOUT, SOURCE, items_of
from tests.support.misp import ADDRESS, EVENT, FILE, NAME, REPORT, an_attribute, an_event, an_object

SCHEMES = load_catalogue().markings.schemes
REFERENCE = {"uuid": REPORT[:-1] + "8", "referenced_uuid": ADDRESS, "relationship_type": "drops"}


def bodies(event: dict[str, Any]) -> list[bytes]:
    read = read_event([(key, json.dumps(value).encode()) for key, value in event.items()], "$")
    return [msgspec.json.encode(item.obj) for item in items_of(read, [], (), SCHEMES).items]


def gathered(*given: bytes) -> Gathered:
    all_of_them = Gathered()
    for body in given:
        obj = json.loads(body)
        all_of_them.add(obj["id"], int(obj.get("x_version", 0)), body)
    return all_of_them


def test_all_parts_make_the_event_again() -> None:
    event = an_event(Object=[an_object(ObjectReference=[REFERENCE])])
    (made,) = gathered(*reversed(bodies(event))).events()
    assert json.loads(made.body) == event
    assert set(made.values) == {
        "198.51.100.7",
        "https://news.example/1",
        "d41d8cd98f00b204e9800998ecf8427e",
        "invoice.exe",
    }
    assert made.manifest["info"] == event["info"] and made.manifest["Tag"] == [{"name": "tlp:green"}]


def test_without_its_own_part_an_event_says_no_more_than_its_uuid() -> None:
    (made,) = gathered(*(body for body in bodies(an_event()) if b'"part":"attribute"' in body)).events()
    told = json.loads(made.body)
    assert told["info"] == "(not given)" and told["uuid"] == EVENT and "Orgc" not in told
    assert len(told["Attribute"]) == 2 and told["Object"] == []


def test_a_reference_without_its_object_goes_nowhere() -> None:
    event = an_event(Object=[an_object(ObjectReference=[REFERENCE])])
    (made,) = gathered(
        *(body for body in bodies(event) if FILE.encode() not in body or b'"part":"reference"' in body)
    ).events()
    assert NAME not in made.body.decode() and "ObjectReference" not in made.body.decode()


def test_of_an_item_the_newest_version_comes_back() -> None:
    old, new = (bodies(an_event(Attribute=[an_attribute(value=value)])) for value in ("198.51.100.1", "198.51.100.2"))
    both = Gathered()
    for version, given in ((2, new), (1, old)):
        for body in given:
            both.add(json.loads(body)["id"], version, body)
    assert b"198.51.100.2" in both.events()[0].body and b"198.51.100.1" not in both.events()[0].body


def test_what_was_never_misp_s_is_told_apart_from_what_lost_its_part() -> None:
    strange = b'{"type":"indicator","id":"indicator--1","pattern":"[x]"}'
    stray = msgspec.json.encode({"type": "url", "id": "url--1", ABOUT: {"event": FILE}})
    alone = b'{"type":"identity","id":"identity--1"}'
    assert [obj["id"] for obj in gathered(strange, stray, alone).foreign()] == ["indicator--1", "identity--1"]
    assert gathered(alone).foreign() == []
    assert gathered(stray).stray() == 1


@pytest.mark.parametrize(
    ("about", "source"),
    [
        ({"event": "../../x", "part": "event"}, {"uuid": EVENT, "info": "x"}),
        ({"event": EVENT, "part": "event"}, {"uuid": FILE, "info": "x"}),
        ({"event": EVENT, "part": "attribute"}, {"uuid": EVENT, "value": "x"}),
        ({"event": EVENT, "part": "attribute"}, {"value": "x"}),
        ({"event": EVENT, "part": "nonsense"}, {"uuid": FILE}),
        ({"event": EVENT}, {"uuid": FILE}),
        ("text", {"uuid": FILE}),
    ],
)
def test_an_item_that_lies_about_its_part_carries_none(about: Any, source: dict[str, Any]) -> None:
    assert part_carried(msgspec.json.encode({ABOUT: about, SOURCE: json.dumps(source)})) is None


@pytest.mark.parametrize("source", ['{"uuid":"x","uuid":"y"}', "[]", "not json", "", '{"uuid":"\\ud800"}'])
def test_a_source_form_that_cannot_be_read_carries_nothing(source: str) -> None:
    assert part_carried(msgspec.json.encode({ABOUT: {"event": EVENT, "part": "event"}, SOURCE: source})) is None
