"""Tests that an import answers for every object, keeps what it acknowledges, and repeats without effect."""

import json
from pathlib import Path

import pytest

from comity.desk.export_items import ExportItemsRequest, export_items
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.verb import Progress
from comity.errors import NotFound, NotPermitted, UsageError
from comity.stores import registers
from tests.support.desks import OFFICER, READER, an_object, freedonia, take_in


def test_new_upgraded_duplicate_and_quarantined_add_up(tmp_path: Path) -> None:
    old = {key: value for key, value in an_object("malware", 3, labels=["ransomware"]).items() if key != "spec_version"}
    with freedonia(tmp_path) as node:
        first = take_in(node, tmp_path, an_object("indicator", 1))
        answer = take_in(node, tmp_path, an_object("indicator", 1), an_object("indicator", 2), old, {"type": "malware"})
    assert (first.objects, first.new) == (1, 1)
    assert (answer.objects, answer.new, answer.upgraded, answer.duplicate, answer.quarantined) == (4, 1, 1, 1, 1)
    assert [(refused.reason, refused.path) for refused in answer.quarantine] == [("no-id", "$.id")]


def test_the_bytes_received_are_the_record(tmp_path: Path) -> None:
    body = '{ "id":"indicator--x1",\t"type" : "indicator", "x_kept": 1.0, "name": "caf\\u00e9" }'
    (tmp_path / "odd.json").write_text('{"type":"bundle","objects":[\n  ' + body + "\n]}")
    with freedonia(tmp_path) as node:
        import_items(node, OFFICER, ImportItemsRequest(paths=(str(tmp_path / "odd.json"),)))
        shown = show_item(node, OFFICER, ShowItemRequest(id="indicator--x1"))
        export_items(node, OFFICER, ExportItemsRequest(path=str(tmp_path / "out.json")))
    assert shown.body == body
    assert body.encode() in (tmp_path / "out.json").read_bytes()


def test_the_same_bytes_from_another_party_are_another_record(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        again = take_in(node, tmp_path, an_object("indicator", 1), source="northwind-energy")
        shown = show_item(node, OFFICER, ShowItemRequest(id=str(an_object("indicator", 1)["id"])))
    assert again.new == 1
    assert {version.source for version in shown.versions} == {"freedonia-csirt", "northwind-energy"}


def test_unmarked_objects_take_the_level_that_is_stated(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        levels = []
        for number, (tlp, source) in enumerate(
            [("green", None), (None, None), (None, "northwind-energy"), (None, "ruritania-csirt")]
        ):
            file = tmp_path / f"{number}.json"
            file.write_text(json.dumps(an_object("indicator", number)))
            import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),), default_tlp=tlp, source=source))
            shown = show_item(node, OFFICER, ShowItemRequest(id=str(an_object("indicator", number)["id"])))
            levels.append(shown.versions[0].tlp)
    # What a source has not stated is most restrictive.
    assert levels == ["green", "amber", "amber", "red"]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ImportItemsRequest(paths=("/nowhere/at-all",)), UsageError),
        (ImportItemsRequest(paths=(), source="nobody"), NotFound),
        (ImportItemsRequest(paths=(), default_tlp="clear"), UsageError),
        (ImportItemsRequest(paths=(), embargo_until="soon"), UsageError),
    ],
)
def test_an_impossible_import_is_refused_before_anything_is_kept(
    tmp_path: Path, request_: ImportItemsRequest, error: type[Exception]
) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(error):
            import_items(node, OFFICER, request_)
        with node.store.read() as tx:
            assert "item import" not in [row.verb for row in registers.audit_rows(tx)]


def test_a_reader_may_not_import(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(NotPermitted):
        import_items(node, READER, ImportItemsRequest(paths=()))


def test_progress_names_what_is_durable(tmp_path: Path) -> None:
    told: list[Progress] = []
    file = tmp_path / "many.json"
    file.write_text(json.dumps({"type": "bundle", "objects": [an_object("indicator", n) for n in range(50)]}))
    with freedonia(tmp_path) as node:
        answer = import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),)), progress=told.append)
    assert told[0].kept_through == answer.kept_through > 50
    assert told[-1].done == told[-1].total == file.stat().st_size


def test_the_audit_line_counts_and_holds_no_content(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        with node.store.read() as tx:
            line = registers.audit_rows(tx)[-1]
    assert line.verb == "item import"
    assert json.loads(line.facts)["new"] == 1
    assert "bad1.example" not in line.facts
