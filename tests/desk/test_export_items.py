"""Tests that an export is whole or absent, and to a party exactly what that party may have."""

import json
from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.export_items import ExportItemsRequest, export_items
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from tests.support.desks import OFFICER, READER, an_object, freedonia, take_in, under


def test_a_party_gets_in_a_file_what_it_would_read(tmp_path: Path) -> None:
    out = tmp_path / "for-ruritania.json"
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        take_in(node, tmp_path, an_object("indicator", 1), an_object("threat-actor", 2))
        answer = export_items(node, OFFICER, ExportItemsRequest(path=str(out), to="ruritania-csirt"))
    written = json.loads(out.read_text())
    assert out.stat().st_mode & 0o077 == 0
    assert answer.objects == 1
    assert [obj["id"] for obj in written["objects"]] == [an_object("indicator", 1)["id"]]


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    out = tmp_path / "there.json"
    out.write_text("mine")
    with freedonia(tmp_path) as node:
        with pytest.raises(Conflict):
            export_items(node, OFFICER, ExportItemsRequest(path=str(out)))
        assert out.read_text() == "mine"
        export_items(node, OFFICER, ExportItemsRequest(path=str(out), overwrite=True))
    assert json.loads(out.read_text())["objects"] == []


def test_an_export_to_nobody_or_nowhere_leaves_no_file(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(NotFound):
            export_items(node, OFFICER, ExportItemsRequest(path=str(tmp_path / "x.json"), to="northwind-energy"))
        with pytest.raises(UsageError):
            export_items(node, OFFICER, ExportItemsRequest(path=str(tmp_path / "no" / "x.json")))
        with pytest.raises(NotPermitted):
            export_items(node, READER, ExportItemsRequest(path=str(tmp_path / "x.json")))
    assert [path.name for path in tmp_path.iterdir()] == ["node"]


def test_an_exercise_says_so_in_what_it_writes(tmp_path: Path) -> None:
    marked, plain = tmp_path / "marked.json", tmp_path / "plain.json"
    (tmp_path / "live").mkdir()
    with freedonia(tmp_path, exercise=True) as node:
        export_items(node, OFFICER, ExportItemsRequest(path=str(marked)))
    with freedonia(tmp_path / "live") as node:
        export_items(node, OFFICER, ExportItemsRequest(path=str(plain)))
    assert json.loads(marked.read_text())["x_comity_exercise"] is True
    assert "x_comity_exercise" not in json.loads(plain.read_text())
