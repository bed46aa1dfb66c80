"""Tests that what a party has given already is found, in its newest live version."""

from comity.desk.held_versions import bytes_after, newest_held
from comity.desk.import_items import source_of
from tests.support.nodes import Freedonia, an_id, an_object


def test_the_newest_version_of_the_same_party_is_found(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1, name="first"))
    hub.put(an_object("indicator", 1, name="second", modified="2031-02-02T00:00:00.000Z"))
    hub.put(an_object("indicator", 1, name="theirs", modified="2031-02-03T00:00:00.000Z"), source="ruritania-csirt")
    own, theirs = (source_of(hub.node, name).no for name in (None, "ruritania-csirt"))
    ids = [an_id("indicator", 1), an_id("indicator", 2)]
    assert b"second" in newest_held(hub.node, own, ids)[ids[0]]
    assert b"theirs" in newest_held(hub.node, theirs, ids)[ids[0]]
    assert set(newest_held(hub.node, own, ids)) == {ids[0]}


def test_where_nothing_is_new_the_bytes_held_are_given() -> None:
    assert bytes_after(b'{"a": 1}', {"a": 1}, {"a": 1}) == b'{"a": 1}'
    assert bytes_after(b'{"a": 1}', {"a": 1}, {"a": 2}) == b'{"a":2}'
    assert bytes_after(None, None, {"a": 2}) == b'{"a":2}'
