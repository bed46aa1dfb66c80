"""Tests that the parts of an event are taken apart with their bytes, and that a bad one does not sink the others."""

import json
from typing import Any

import pytest

from comity.errors import RecordRejected
from comity.records.misp import MispEvent, is_set, moment_of, read_event, tag_names
from tests.support.misp import ADDRESS, EVENT, FILE, an_attribute, an_event, an_object


def read(event: dict[str, Any]) -> MispEvent:
    return read_event([(key, json.dumps(value).encode()) for key, value in event.items()], "$.Event")


def test_an_event_is_taken_apart_and_each_part_keeps_its_bytes() -> None:
    odd = b'{ "uuid":"%s", "type" : "ip-dst","value": "198.51.100.7", "x_kept": 1.0 }' % ADDRESS.encode()
    event = read_event([("uuid", json.dumps(EVENT).encode()), ("info", b'"x"'), ("Attribute", b"[%s]" % odd)], "$")
    assert [part.raw for part in event.parts] == [odd]
    assert event.event.fields == {"uuid": EVENT, "info": "x"}


def test_every_kind_of_part_is_found() -> None:
    event = read(an_event())
    assert [part.kind for part in event.parts] == ["attribute", "attribute", "object", "report"]
    assert (event.refused, event.at_s) == ((), 1700000005)
    assert not {"Attribute", "Object", "EventReport"} & event.event.fields.keys()


@pytest.mark.parametrize(
    ("part", "reason", "path"),
    [
        (an_attribute(uuid="no-uuid"), "no-uuid", "$.Event.Attribute[0].uuid"),
        (an_attribute(value=None), "bad-attribute", "$.Event.Attribute[0].value"),
        (an_attribute(value={"a": 1}), "bad-attribute", "$.Event.Attribute[0].value"),
        (an_attribute(type=7), "bad-attribute", "$.Event.Attribute[0].type"),
        (an_attribute(Tag="tlp:red"), "bad-attribute", "$.Event.Attribute[0].Tag"),
        (an_attribute(Tag=[{"name": 4}]), "bad-attribute", "$.Event.Attribute[0].Tag"),
        (an_attribute(uuid=EVENT), "repeated-uuid", "$.Event.Attribute[0].uuid"),
        ("text", "not-an-object", "$.Event.Attribute[0]"),
        (None, "not-an-object", "$.Event.Attribute[0]"),
    ],
)
def test_a_bad_attribute_is_named_and_the_others_stand(part: Any, reason: str, path: str) -> None:
    event = read(an_event(Attribute=[part, an_attribute("33333333-3333-4333-8333-333333333339")]))
    assert [(one.reason, one.path) for one in event.refused] == [(reason, path)]
    assert len([one for one in event.parts if one.kind == "attribute"]) == 1


def test_a_key_that_comes_twice_sinks_its_part_alone() -> None:
    twice = b'{"uuid":"%s","type":"ip-dst","value":"1","value":"2"}' % ADDRESS.encode()
    sound = json.dumps(an_object()).encode()
    event = read_event(
        [("uuid", b'"%s"' % EVENT.encode()), ("Attribute", b"[%s]" % twice), ("Object", b"[%s]" % sound)], "$"
    )
    assert [(one.reason, one.path) for one in event.refused] == [("repeated-key", "$.Attribute[0].value")]
    assert [part.uuid for part in event.parts] == [FILE]


def test_a_list_that_is_none_is_named() -> None:
    event = read(an_event(Attribute={"uuid": ADDRESS}))
    assert [(one.reason, one.path) for one in event.refused] == [("bad-attribute", "$.Event.Attribute")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"uuid": None}, "no-uuid"),
        ({"uuid": "x--y"}, "no-uuid"),
        ({"info": 3}, "bad-event"),
        ({"Orgc": "x"}, "bad-event"),
    ],
)
def test_an_event_without_a_uuid_or_of_wrong_types_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordRejected) as refusal:
        read(an_event(**fields))
    assert refusal.value.reason == reason


def test_what_an_instance_says_of_other_events_is_left_out_and_named_without_its_content() -> None:
    event = read(an_event(RelatedEvent=[{"Event": {"info": "Canary"}}], event_creator_email="duty@freedonia.example"))
    assert {one.field for one in event.left_out} == {"RelatedEvent", "event_creator_email"}
    assert not any(one.kept or "Canary" in one.before or "duty" in one.before for one in event.left_out)
    assert b"Canary" not in event.event.raw and b"duty" not in event.event.raw


def test_a_reference_loses_the_copy_of_what_it_leads_to() -> None:
    reference = {
        "uuid": "88888888-8888-4888-8888-888888888888",
        "referenced_uuid": ADDRESS,
        "Attribute": {"value": "Canary"},
    }
    event = read(an_event(Object=[an_object(ObjectReference=[reference])]))
    made, part = event.parts[2:4]
    assert b"Canary" not in made.raw + part.raw and "ObjectReference" not in made.fields
    assert (part.kind, part.of, part.dropped) == ("reference", FILE, ("Attribute",))


def test_flags_and_times_are_read_in_every_form() -> None:
    assert [is_set(value) for value in (True, 1, "1", "true", False, 0, "0", None, "no")] == [True] * 4 + [False] * 5
    assert moment_of({"timestamp": "12"}) == 12
    assert moment_of({"timestamp": "soon", "date": "1970-01-02"}) == 86400
    assert moment_of({"date": "not a day"}, 7) == 7
    assert tag_names({"Tag": [{"name": "a"}, {"name": "b"}]}) == ("a", "b")
