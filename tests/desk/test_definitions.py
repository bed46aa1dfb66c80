"""Tests that the definition of the mark on renditions can be looked up, by everyone alike."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.read_view import read_manifest, read_objects, read_versions
from comity.desk.views import ObjectPage, ReadQuery
from comity.rooms.release.renditions import RENDITION_AUTHOR, RENDITION_DEFINITIONS, RENDITION_EXTENSION
from comity.values import stix_us
from tests.support.nodes import Freedonia, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
BOTH = (RENDITION_AUTHOR, RENDITION_EXTENSION)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        yield made


def page(hub: Freedonia, query: ReadQuery, party: str = P) -> ObjectPage:
    reader = hub.reader(party)
    return read_objects(hub.node, reader, reader.view_id, query)


def test_who_gets_a_rendition_can_look_up_what_marks_it_and_who_made_it(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(an_object("malware", 1, created_by_ref=an_id("identity", 9)))
    (got,) = hub.objects(P)
    extensions = got["extensions"]
    assert isinstance(extensions, dict)
    (named,) = extensions

    (definition,) = hub.objects(P, ids=(named,))
    (author,) = hub.objects(P, ids=(str(definition["created_by_ref"]),))

    assert (definition["type"], definition["id"]) == ("extension-definition", named)
    assert author["type"] == "identity"
    assert hub.ids(P, ids=(named, an_id("malware", 1))) == [named, an_id("malware", 1)]


def test_everyone_gets_the_same_whether_anything_is_held_for_it_or_not(hub: Freedonia) -> None:
    before = page(hub, ReadQuery(limit=5, ids=BOTH))
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(an_object("malware", 1, created_by_ref=an_id("identity", 9)))
    hub.later(3600)

    assert page(hub, ReadQuery(limit=5, ids=BOTH)) == before == page(hub, ReadQuery(limit=5, ids=BOTH), OTHER)
    assert [json.loads(body) for body in before.objects] == list(RENDITION_DEFINITIONS)


def test_a_list_of_the_view_does_not_name_them(hub: Freedonia) -> None:
    assert hub.ids(P) == []
    assert hub.ids(P, types=("extension-definition", "identity")) == []


def test_they_are_read_by_pages_filters_and_dates_like_anything(hub: Freedonia) -> None:
    (first,) = hub.ids(P, ids=BOTH, types=("identity",))
    assert first == RENDITION_AUTHOR
    assert hub.ids(P, ids=BOTH, limit=1) == list(BOTH)
    assert hub.ids(P, ids=BOTH, spec_versions=("2.0",)) == []
    assert hub.ids(P, ids=BOTH, spec_versions=("2.1",)) == list(BOTH)
    version = str(RENDITION_DEFINITIONS[0]["modified"])
    assert hub.ids(P, ids=BOTH, versions=(stix_us(version),)) == list(BOTH)
    assert hub.ids(P, ids=BOTH, versions=(stix_us(version) + 1,)) == []

    reader = hub.reader(P)
    entries = read_manifest(hub.node, reader, reader.view_id, ReadQuery(limit=5, ids=BOTH)).entries
    assert [(entry.id, entry.version) for entry in entries] == [(one, version) for one in BOTH]
    assert hub.ids(P, ids=BOTH, added_after_ms=entries[0].date_added_ms) == [RENDITION_EXTENSION]
    found = read_versions(hub.node, reader, reader.view_id, RENDITION_EXTENSION, ReadQuery(limit=5))
    assert (found.versions, found.more) == ((version,), False)


def test_what_another_has_sent_under_the_id_does_not_come_in_its_place(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put({**RENDITION_DEFINITIONS[1], "description": "false", "modified": "2031-01-01T00:00:00.000Z"})

    (got,) = hub.objects(P, ids=(RENDITION_EXTENSION,))

    assert got["description"] == RENDITION_DEFINITIONS[1]["description"]
