"""Tests that an import answers for every object, keeps what it acknowledges, and repeats without effect."""

import json
from pathlib import Path

import pytest

from comity.desk import import_items as importing
from comity.desk import reading_ahead
from comity.desk.export_items import ExportItemsRequest, export_items
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.verb import Progress
from comity.errors import NotFound, NotPermitted, UsageError
from comity.stores import numbering, registers
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


def _many(folder: Path, name: str, numbers: range) -> Path:
    file = folder / name
    file.write_text(json.dumps({"type": "bundle", "objects": [an_object("indicator", n) for n in numbers]}))
    return file


def test_what_is_told_as_kept_is_placed_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 20)
    told: list[int] = []
    with freedonia(tmp_path) as node:

        def look(at: Progress) -> None:
            with node.store.read() as tx:
                assert numbering.last_numbered(tx) >= (at.kept_through or 0)
                assert numbering.next_queued(tx) is None
            told.append(at.kept_through or 0)

        file = _many(tmp_path, "many.json", range(50))
        import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),)), progress=look)
    assert told[1] - told[0] == 20
    assert told[2] - told[0] == 30


def test_what_came_before_an_error_of_the_input_is_kept_placed_and_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 2)
    files = [_many(tmp_path, "a.json", range(9)), _many(tmp_path, "b.json", range(9))]
    told: list[Progress] = []

    def remove(at: Progress) -> None:
        files[1].unlink(missing_ok=True)
        told.append(at)

    with freedonia(tmp_path) as node:
        with pytest.raises(UsageError, match=r"b\.json"):
            import_items(node, OFFICER, ImportItemsRequest(paths=tuple(map(str, files))), progress=remove)
        with node.store.read() as tx:
            line, last = registers.audit_rows(tx)[-1], numbering.last_numbered(tx)
            assert numbering.next_queued(tx) is None
    assert json.loads(line.facts)["new"] == 9
    assert last == told[-1].kept_through


@pytest.mark.parametrize("left", [0.5, 0.0])
def test_a_file_that_is_cut_while_it_is_taken_in_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: float
) -> None:
    monkeypatch.setattr(importing, "BATCH_OBJECTS", 500)
    file = _many(tmp_path, "many.json", range(8_000))
    size = file.stat().st_size

    def cut(_: Progress) -> None:
        with file.open("r+b") as stream:
            stream.truncate(int(size * left))

    with freedonia(tmp_path) as node:
        answer = import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),)), progress=cut)
    assert 500 <= answer.new < 8_000
    assert [refused.reason for refused in answer.quarantine] == ["cut-short"]


def test_with_a_second_process_the_same_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _many(tmp_path, "many.json", range(50))
    odd = tmp_path / "odd.json"
    odd.write_text('{"type":"bundle","objects":[{"type":"malware"},{"id":"tool--1","type":"tool","a":1,"a":2},3,]}')
    found = []
    for name, least in (("alone", 1 << 40), ("two", 0)):
        monkeypatch.setattr(reading_ahead, "LEAST_BYTES", least)
        monkeypatch.setattr(reading_ahead, "cpus_to_use", lambda: 2.0)
        monkeypatch.setattr(importing, "BATCH_OBJECTS", 20)
        with freedonia(tmp_path / name) as node:
            answers = [
                import_items(node, OFFICER, ImportItemsRequest(paths=(str(file), str(odd), str(file)))) for _ in (1, 2)
            ]
            with node.store.read() as tx:
                columns = "no, stix_id, sha256, version_us, flags, ref_keys, companion_keys, body"
                rows = [
                    [tuple(row) for row in tx.exec_driver_sql(f"select {columns} from {table} order by {order}")]
                    for table, order, columns in (
                        ("records", "no", f"{columns}, class_no"),
                        ("links", "to_key, from_no, role", "to_key, from_no, role"),
                        ("search_values", "value, record_no, kind", "value, record_no, kind"),
                    )
                ]
        found.append((answers, [row for row in rows[0] if row[1].startswith("indicator")], rows[1:]))
    assert found[0] == found[1]


def test_the_audit_line_counts_and_holds_no_content(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        with node.store.read() as tx:
            line = registers.audit_rows(tx)[-1]
    assert line.verb == "item import"
    assert json.loads(line.facts)["new"] == 1
    assert "bad1.example" not in line.facts


def test_what_a_warning_list_names_is_said_on_import_and_on_the_item(tmp_path: Path) -> None:
    named = an_object("indicator", 1, pattern="[ipv4-addr:value = '198.51.100.7']", pattern_type="stix")
    with freedonia(tmp_path) as node:
        (node.folder / "warninglists").mkdir()
        said = {"name": "Cloud", "type": "cidr", "list": ["198.51.100.0/24"]}
        (node.folder / "warninglists" / "cloud.json").write_text(json.dumps(said))
        answer = take_in(node, tmp_path, named, an_object("malware", 2))
        again = take_in(node, tmp_path, named)
        shown = show_item(node, OFFICER, ShowItemRequest(id=str(named["id"])))
    assert (answer.flagged, [one.lists for one in answer.flags]) == (1, [("Cloud",)])
    assert (again.flagged, shown.warnings) == (0, ("Cloud",))
