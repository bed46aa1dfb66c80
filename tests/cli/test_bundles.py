"""Tests the commands on bundle files: what they take, show and answer, whatever the file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.bundles import put_together, texts_of, with_head
from tests.support.command import AGREEMENT, Command, a_bundle, a_node


class Pair(NamedTuple):
    """Two nodes that have made first contact; the first has one indicator for the second."""

    free: Command
    ruri: Command
    file: Path


@pytest.fixture
def pair(comity: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Pair]:
    ruri = Command(a_node(tmp_path / "ruri", "Ruritania CSIRT"), capsys)
    for one, other in ((comity, ruri), (ruri, comity)):
        anchor = tmp_path / f"{one.folder.name}.anchor"
        assert one("anchor", "export", "--out", anchor).code == 0
        assert other("anchor", "accept", anchor, "--yes").code == 0
    (tmp_path / "agreement.toml").write_text(AGREEMENT)
    assert comity("agreement", "add", tmp_path / "agreement.toml").code == 0
    assert comity("agreement", "adhere", "free-ruri-2026", "--yes").code == 0
    assert comity("item", "import", a_bundle(tmp_path), "--default-tlp", "green").code == 0
    yield Pair(comity, ruri, tmp_path / "to-ruritania.bundle")


def test_what_is_written_by_one_is_taken_in_by_the_other(pair: Pair) -> None:
    written = pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt")
    assert written.code == 0, written.err
    assert "1 to 1" in written.out
    assert "signed, not encrypted" in written.err
    assert pair.file.stat().st_mode & 0o777 == 0o600
    taken = pair.ruri("bundle", "import", pair.file)
    assert taken.code == 0, taken.err
    assert "freedonia-csirt" in taken.out
    again = pair.ruri("bundle", "import", pair.file, "--json")
    assert (again.code, again.json["seen"], again.json["new"], again.json["acts"]) == (0, 1, 0, 0)


def test_a_file_that_is_there_is_replaced_on_a_word_alone(pair: Pair) -> None:
    pair.file.write_text("old")
    refused = pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt")
    assert (refused.code, pair.file.read_text()) == (1, "old")
    assert "is there already" in refused.err
    assert pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt", "--yes").code == 0
    nothing = pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt", "--since", "2", "--yes")
    assert (nothing.code, "none" in nothing.out) == (0, True)
    assert pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt", "--since", "9", "--yes").code == 2


def test_what_is_missing_or_refused_is_told_and_the_exit_code_says_it(pair: Pair, tmp_path: Path) -> None:
    pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt")
    head, acts, page, end = texts_of(pair.file)
    objects = json.loads(page)["objects"]
    less = {**objects[-1], "entries": [], "nodes": ""}
    del less["set"]
    bad = json.loads(acts)["objects"][0]
    bad["acts"].append("{}")
    texts = [head, json.dumps({"objects": [bad]}).encode(), json.dumps({"objects": [less]}).encode(), end]
    told = pair.ruri("bundle", "import", put_together(tmp_path / "made", texts))
    assert told.code == 1
    assert "1 object is listed in a statement and was not in the file" in told.err
    assert "1 act was refused" in told.err
    assert pair.ruri("bundle", "import", pair.file).code == 0, "the file as it was brings the rest"


def hostile_files(file: Path) -> Iterator[tuple[str, Path]]:
    """Every way to spoil a file that its carrier has."""
    whole, texts, folder = file.read_bytes(), texts_of(file), file.parent
    contents = {
        "empty": b"",
        "another format": b"PK\x03\x04" + b"\0" * 100,
        "a STIX bundle": b'{"type":"bundle","id":"bundle--1","objects":[]}',
        "a separator alone": b"\x1e",
        "deep": b"\x1e" + b"[" * 4_000,
        "huge head": b"\x1e" + b" " * 1_000_000,
        "surrogates": b'\x1e{"type":"x-comity-bundle","version":1,"giver":"\\ud800"}',
    }
    start = 0
    for n, text in enumerate(texts):
        contents[f"cut in text {n}"] = whole[: start + len(text) // 2]
        contents[f"cut before text {n}"] = whole[:start]
        start += 1 + len(text)
    for name, content in contents.items():
        path = folder / name.replace(" ", "-")
        path.write_bytes(content)
        yield name, path
    steering = "\x1b]0;owned\x07\x1b[2J\u202e"
    for field in ("giver", "receiver", "stream", "made_at"):
        yield field, with_head(file, **{field: steering})
    yield "newer", with_head(file, version=2)
    keyed = json.dumps({steering: 1})
    repeated = b'{"objects":[],"x":1,"type":"x-comity-sidecar",' + keyed[1:-1].encode() + b"," + keyed[1:].encode()
    yield "steering keys", put_together(folder / "keys", [texts[0], b'{"objects":[' + repeated + b"]}", *texts[1:]])


def test_whatever_the_file_there_is_one_clear_line_and_nothing_is_lost(pair: Pair) -> None:
    pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt")
    told = 0
    for name, path in hostile_files(pair.file):
        said = pair.ruri("bundle", "import", path)
        assert said.code == 1, name
        assert said.err.startswith("comity: ") and said.err.count("\n") == 1, (name, said.err)
        assert "error of Comity itself" not in said.err, (name, said.err)
        assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err), name
        told += 1
    assert told > 15
    assert pair.ruri("bundle", "import", pair.file).code == 0
    assert pair.ruri("node", "status", "--json").json["items"] == 1


def test_another_partys_file_and_a_missing_one_are_refused(pair: Pair, tmp_path: Path) -> None:
    pair.free("bundle", "export", pair.file, "--to", "ruritania-csirt")
    own = pair.free("bundle", "import", pair.file)
    assert (own.code, "this file is for ruritania-csirt" in own.err) == (1, True)
    assert pair.ruri("bundle", "import", tmp_path / "none").code == 2
    assert pair.free("bundle", "export", tmp_path / "no" / "f", "--to", "ruritania-csirt").code == 2
    assert pair.free("bundle", "export", tmp_path / "g", "--to", "elbonia").code == 1
