"""Tests that an item is shown with all its versions, newest first, and who may have it."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.give_receipt import GiveReceiptRequest, give_receipt
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import NotFound
from tests.support.desks import OFFICER, an_object, freedonia, take_in, under
from tests.support.federation import federation
from tests.support.nodes import agreement, clause


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


def test_a_receipt_for_a_rendition_is_shown_at_the_item_it_was_made_from(tmp_path: Path) -> None:
    older = {key: value for key, value in an_object("indicator", 1).items() if key != "spec_version"}
    older = {**older, "labels": ["malicious-activity"], "pattern": "[ipv4-addr:value = '192.0.2.1']"}
    older.pop("pattern_type")
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        assert free.put(older).upgraded == 1
        ruri.sync()
        wanted = ShowItemRequest(id=str(older["id"]))
        assert show_item(ruri.node, OFFICER, wanted).versions[0].vouched == "rendition"
        give_receipt(ruri.node, OFFICER, GiveReceiptRequest(id=wanted.id, level="seen", by="Duty officer"))
        ruri.sync()
        shown = show_item(free.node, OFFICER, wanted)
        assert [(one.party, one.level) for one in shown.receipts] == [(ruri.name, "seen")]
        assert shown.receipts[0].of != shown.versions[0].sha256
