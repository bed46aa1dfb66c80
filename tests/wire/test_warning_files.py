"""Tests that the lists in a node's folder are read, and that a file that is none is named."""

import json
from pathlib import Path

import pytest

from comity.errors import UsageError
from comity.wire.warning_files import read_warning_lists


def test_lists_are_read_from_the_folder_as_misp_publishes_them(tmp_path: Path) -> None:
    assert read_warning_lists(tmp_path) is None
    place = tmp_path / "warninglists" / "lists" / "cloud"
    place.mkdir(parents=True)
    said = {"name": "Cloud", "type": "cidr", "version": 3, "list": ["198.51.100.0/24"]}
    (place / "list.json").write_text(json.dumps(said))
    lists = read_warning_lists(tmp_path)
    assert lists is not None and lists.naming([("ipv4-addr:value", "198.51.100.7")]) == ("Cloud",)


@pytest.mark.parametrize("text", ["{", "[]", '{"name":"x"}', "[" * 5_000])
def test_a_file_that_is_no_list_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "warninglists").mkdir()
    (tmp_path / "warninglists" / "x.json").write_text(text)
    with pytest.raises(UsageError):
        read_warning_lists(tmp_path)


def test_the_real_lists_are_all_read(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "warninglists").mkdir()
    for file in sorted((shared_data / "misp-warninglists" / "lists").glob("*/list.json")):
        (tmp_path / "warninglists" / f"{file.parent.name}.json").write_bytes(file.read_bytes())
    lists = read_warning_lists(tmp_path)
    assert lists is not None and lists.naming([("file:hashes.'MD5'", "d41d8cd98f00b204e9800998ecf8427e")])
