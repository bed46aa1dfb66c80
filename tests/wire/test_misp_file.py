"""Tests that events are found in every form in which MISP writes them, and that hostile files end in reasons."""

import json

import pytest

from comity.wire.misp_file import EventBytes, is_manifest, is_misp, read_events
from tests.support.misp import EVENT, an_event, written


def reasons(body: bytes) -> list[tuple[str, str]]:
    return [(one.reason, one.path) for one in read_events(body)]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (written(an_event()), ["$.Event"]),
        (json.dumps(an_event()).encode(), ["$"]),
        (b"\xef\xbb\xbf \n" + written(an_event()), ["$.Event"]),
        (b"[%s,\n%s]" % (written(an_event()), written(an_event())), ["$[0].Event", "$[1].Event"]),
        (b'{"response": [%s]}' % written(an_event()), ["$.response[0].Event"]),
        (b'{"response": %s}' % written(an_event()), ["$.response.Event"]),
    ],
)
def test_events_are_found_in_every_wrapping(body: bytes, paths: list[str]) -> None:
    assert is_misp(body[:100])
    found = list(read_events(body))
    assert [(one.reason, one.path) for one in found] == [("", path) for path in paths]
    assert all(dict(one.members)["uuid"] == json.dumps(EVENT).encode() for one in found)


def test_each_value_keeps_the_bytes_that_it_came_with() -> None:
    body = b'{"Event": {"uuid" : "x", "Attribute":[ { "a":1.0 } ],"info":"caf\\u00e9"}}'
    assert list(read_events(body)) == [
        EventBytes(
            [("uuid", b'"x"'), ("Attribute", b'[ { "a":1.0 } ]'), ("info", b'"caf\\u00e9"')], "$.Event", len(body) - 11
        )
    ]


@pytest.mark.parametrize(
    ("body", "reason", "path"),
    [
        (b'{"Event":{"info":"a","info":"b"}}', "repeated-key", "$.Event.info"),
        (b'{"Event":{"info":"a"},"Event":{"info":"b"}}', "repeated-key", "$.Event"),
        (b'{"Event":{"info":"a"', "not-json", "$.Event"),
        (b'{"Event":{"info":"a"}} trailing', "not-json", "$"),
        (b'{"Event":[]}', None, ""),
        (b'{"Event":7}', "not-an-event", "$.Event"),
        (b'{"Event":{"type":"indicator"}}', "not-an-event", "$.Event"),
        (b'{"response":[7]}', "not-an-event", "$.response[0]"),
        (b'{"response":[{"info":"a"},]}', "not-json", "$.response"),
        (b'{"Event":' * 10 + b"{}" + b"}" * 10, "not-an-event", "$" + ".Event" * 5),
        (b"", "not-an-event", "$"),
        (b"\xff\xfe", "not-an-event", "$"),
        (b'{"Event":{"info":' + b"[" * 5_000, "too-deep", "$.Event"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, reason: str | None, path: str) -> None:
    assert reasons(body) == ([] if reason is None else [(reason, path)])


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"bundle","id":"bundle--1","objects":[]}',
        b'{"objects":[]}',
        b'{"id":"indicator--1","type":"indicator"}',
        b'[{"type":"indicator"}]',
        b'{"published":"2031-01-01T00:00:00Z","type":"report"}',
        b"not json",
        b"",
    ],
)
def test_stix_is_not_taken_for_misp(body: bytes) -> None:
    assert not is_misp(body)


def test_a_manifest_is_known_by_its_entries() -> None:
    assert is_manifest(json.dumps({EVENT: {"info": "x", "Orgc": {}, "timestamp": 1}}).encode())
    assert not is_manifest(b'{"manifest_version":3}')
    assert not is_manifest(written(an_event()) + b"]")
    assert not is_manifest(b"{}")
