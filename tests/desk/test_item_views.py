"""Tests that an item's view tells its handling as it stands."""

from pathlib import Path

from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.show_item import ShowItemRequest, show_item
from tests.support.desks import OFFICER, an_object, freedonia, take_in
from tests.support.federation import federation
from tests.support.nodes import agreement, an_id, clause

AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"


def test_handling_is_told(tmp_path: Path) -> None:
    marked = an_object("indicator", 1, object_marking_refs=[AMBER], pattern="[email-addr:value = 'a@b.example']")
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, marked)
        view = show_item(node, OFFICER, ShowItemRequest(id=str(marked["id"]))).versions[0]
    assert (view.tlp, view.personal_data, view.classification, view.state) == ("amber", "yes", 0, "live")
    assert (view.source, view.spec_version, view.embargo_until) == ("freedonia-csirt", "2.1", None)


def test_an_embargo_is_told(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 2))
        import_items(
            node,
            OFFICER,
            ImportItemsRequest(
                paths=(str(tmp_path / "taken.json"),), source="northwind-energy", embargo_until="2031-05-01"
            ),
        )
        shown = show_item(
            node, OFFICER, ShowItemRequest(id=str(an_object("indicator", 2)["id"]), source="northwind-energy")
        )
    assert shown.versions[0].embargo_until == "2031-05-01T00:00:00.000Z"


def test_how_an_item_is_vouched_for_is_told(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        take_in(node, tmp_path, an_object("indicator", 2), source="northwind-energy")
        told = [
            show_item(node, OFFICER, ShowItemRequest(id=str(an_object("indicator", n)["id"]))).versions[0]
            for n in (1, 2)
        ]
    assert [(view.vouched, view.statement) for view in told] == [("own", None), ("unsigned", None)]


def test_an_item_of_a_peer_names_the_statement_that_lists_it(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        for n in (1, 2):
            free.put(an_object("indicator", n))
            ruri.sync()
        told = [show_item(ruri.node, OFFICER, ShowItemRequest(id=an_id("indicator", n))).versions[0] for n in (1, 2)]
    assert [(view.vouched, view.statement) for view in told] == [("signed", 1), ("signed", 2)]
