"""Tests the commands on items: counts that add up, finding, writing out, erasing."""

import json
from pathlib import Path

from tests.support.command import INDICATOR, Command, a_bundle

ID = INDICATOR["id"]
COUNTS = ("objects", "new", "duplicate", "upgraded", "quarantined")


def test_an_import_ends_with_one_line_of_counts_that_add_up(comity: Command, tmp_path: Path) -> None:
    broken = {"type": "indicator", "name": "no id"}
    said = comity("item", "import", a_bundle(tmp_path, INDICATOR, broken), "--json")
    assert said.code == 0
    assert [said.json[name] for name in COUNTS] == [2, 1, 0, 0, 1]
    assert isinstance(said.json["kept_through"], int)
    assert said.err == ""


def test_importing_again_keeps_nothing_twice(comity: Command, tmp_path: Path) -> None:
    path = a_bundle(tmp_path)
    comity("item", "import", path)
    said = comity("item", "import", path, "--json")
    assert [said.json[name] for name in COUNTS] == [1, 0, 1, 0, 0]


def test_people_see_why_something_is_in_quarantine(comity: Command, tmp_path: Path) -> None:
    said = comity("item", "import", a_bundle(tmp_path, {"type": "indicator", "name": "no id"}))
    assert said.code == 0
    assert "why in quarantine" in said.out


def test_an_import_from_nobody_is_not_found(comity: Command, tmp_path: Path) -> None:
    assert comity("item", "import", a_bundle(tmp_path), "--from", "nobody").code == 1


def test_an_item_is_shown_with_its_bytes(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    said = comity("item", "show", ID, "--json")
    assert said.code == 0
    assert json.loads(str(said.json["body"])) == INDICATOR
    assert "amber" in comity("item", "show", ID).out
    assert comity("item", "show", "indicator--nothing").code == 1


def test_an_item_is_found_by_a_value_in_it(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    assert ID in comity("item", "search", "192.0.2.7").out
    assert comity("item", "search", "198.51.100.1", "--json").json["items"] == []


def test_an_export_does_not_replace_a_file_unasked(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    target = tmp_path / "out.json"
    assert comity("item", "export", target, "--json").json["objects"] == 1
    assert json.loads(target.read_text())["objects"] == [INDICATOR]
    assert comity("item", "export", target).code == 1
    assert comity("item", "export", target, "--yes").code == 0


def test_erasing_needs_a_yes_and_then_nothing_is_left(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    words = ("item", "erase", ID, "--reason", "court order", "--ordered-by", "District Court")
    assert comity(*words).code == 2
    assert comity("item", "show", ID).code == 0

    said = comity(*words, "--yes", "--json")
    assert (said.code, said.json["versions"]) == (0, 1)
    assert comity("item", "show", ID).code == 1
    files = b"".join(path.read_bytes() for path in comity.folder.glob("node.db*"))
    assert b"192.0.2.7" not in files
