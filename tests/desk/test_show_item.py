"""Tests that an item is shown with all its versions, newest first, and who may have it."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import NotFound
from tests.support.desks import OFFICER, an_object, freedonia, take_in, under


def test_versions_stand_newest_first_and_readers_are_named(tmp_path: Path) -> None:
    newer = an_object("indicator", 1, modified="2031-02-02T00:00:00.000Z")
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        add_reader(node, OFFICER, AddReaderRequest(party="northwind-energy"))
        take_in(node, tmp_path, newer, an_object("indicator", 1))
        shown = show_item(node, OFFICER, ShowItemRequest(id=str(newer["id"])))
    assert [version.version for version in shown.versions] == ["2031-02-02T00:00:00.000Z", "2031-02-01T00:00:00.000Z"]
    assert shown.visible_to == ("ruritania-csirt",)


def test_an_id_that_is_not_held_or_of_another_source_is_not_found(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        for request in (
            ShowItemRequest(id="indicator--none"),
            ShowItemRequest(id=str(an_object("indicator", 1)["id"]), source="northwind-energy"),
            ShowItemRequest(id=str(an_object("indicator", 1)["id"]), source="nobody"),
        ):
            with pytest.raises(NotFound):
                show_item(node, OFFICER, request)
