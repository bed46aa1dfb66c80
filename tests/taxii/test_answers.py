"""Tests how pages, collections and statuses are put on the wire."""

import json

from comity.desk.views import (
    CollectionView,
    ManifestEntry,
    ManifestPage,
    ObjectPage,
    ReadQuery,
    StatusLine,
    StatusView,
    VersionsPage,
)
from comity.taxii import answers
from comity.values import instant

NOON = instant("2031-03-01T12:00:00Z")
QUERY = ReadQuery(limit=10)


def test_objects_keep_their_bytes_odd_spacing_and_repeated_escapes_included() -> None:
    odd = b'{ "type":"x-\\u0061" ,\n"n":1.0e+02}'
    page = ObjectPage(objects=(odd, b'{"a":1}'), first_ms=NOON, last_ms=NOON + 5)

    assert answers.object_page(page, QUERY).content == b'{"more":false,"objects":[' + odd + b',{"a":1}]}'


def test_next_stands_there_exactly_if_there_is_more() -> None:
    more = answers.object_page(ObjectPage(objects=(b"{}",), more=True, next='t"1', first_ms=1, last_ms=1), QUERY)
    last = answers.object_page(ObjectPage(objects=(b"{}",), more=False, next="t", first_ms=1, last_ms=1), QUERY)

    assert json.loads(more.content) == {"more": True, "next": 't"1', "objects": [{}]}
    assert json.loads(last.content) == {"more": False, "objects": [{}]}


def test_an_empty_page_says_that_there_is_no_more() -> None:
    assert answers.object_page(ObjectPage(), QUERY).content == b'{"more":false}'
    assert answers.manifest_page(ManifestPage(), QUERY).content == b'{"more":false}'
    assert answers.versions_page(VersionsPage(), QUERY).content == b'{"more":false}'


def test_dates_of_the_page_are_in_milliseconds_and_utc() -> None:
    headers = answers.page_headers(ObjectPage(first_ms=NOON, last_ms=NOON + 7), QUERY)
    assert headers == {
        "X-TAXII-Date-Added-First": "2031-03-01T12:00:00.000Z",
        "X-TAXII-Date-Added-Last": "2031-03-01T12:00:00.007Z",
    }


def test_an_empty_page_has_a_last_date_that_moves_nobody_on() -> None:
    asked = ReadQuery(limit=10, added_after_ms=NOON)
    assert answers.page_headers(ObjectPage(), asked) == {"X-TAXII-Date-Added-Last": "2031-03-01T12:00:00.000Z"}
    assert answers.page_headers(ObjectPage(), QUERY) == {"X-TAXII-Date-Added-Last": "1970-01-01T00:00:00.000Z"}


def test_manifest_and_versions_carry_next_too() -> None:
    entry = ManifestEntry(id="indicator--1", date_added_ms=NOON, version="2020-01-01T00:00:00Z", media_type="m")
    manifest = answers.manifest_page(ManifestPage(entries=(entry,), more=True, next="t"), QUERY)
    versions = answers.versions_page(VersionsPage(versions=("v",), more=True, next="t"), QUERY)

    assert json.loads(manifest.content) == {
        "more": True,
        "next": "t",
        "objects": [
            {
                "id": "indicator--1",
                "date_added": "2031-03-01T12:00:00.000Z",
                "version": "2020-01-01T00:00:00Z",
                "media_type": "m",
            }
        ],
    }
    assert json.loads(versions.content) == {"more": True, "next": "t", "versions": ["v"]}


def test_the_rights_of_a_collection_are_always_booleans() -> None:
    view = CollectionView(id="i", title="t", can_read=False, can_write=True)
    told = json.loads(answers.answer(answers.collection_of(view)).content)
    assert told["can_read"] is False and told["can_write"] is True
    assert "description" not in told


def test_counts_of_a_status_are_those_of_its_lists() -> None:
    view = StatusView(
        id="s",
        status="complete",
        request_timestamp="2031-03-01T12:00:00.000Z",
        total_count=2,
        success_count=1,
        successes=(StatusLine(id="a", version="v"),),
        failures=(StatusLine(id="b\ud800", version="", message="no type"),),
    )

    told = json.loads(answers.answer(answers.status_of(view)).content)

    assert (told["total_count"], told["success_count"], told["failure_count"], told["pending_count"]) == (2, 1, 1, 0)
    assert told["failures"] == [{"id": "b?", "version": "", "message": "no type"}]
    assert told["successes"] == [{"id": "a", "version": "v"}]
