"""Tests first contact as officers make it, by file and telephone."""

from pathlib import Path

import pytest

from comity.cli.main import run
from comity.records.fingerprints import fingerprint
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, anchor_file
from tests.support.command import Command, a_node

ROOT = a_signer(50)
HEARD = fingerprint(ROOT.public)
FAR = "2099-01-01T00:00:00Z"


def a_file(folder: Path, **fields: str) -> Path:
    path = folder / "elbonia.anchor"
    path.write_bytes(anchor_file(ROOT, a_key_set(ROOT, exercise=False), valid_until=FAR, **fields))
    return path


def test_two_nodes_make_first_contact(comity: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = Command(a_node(tmp_path / "theirs", "Ruritania CSIRT"), capsys)
    file = tmp_path / "ruritania.anchor"
    exported = theirs("anchor", "export", "--out", file, "--qr")
    assert exported.code == 0
    heard = theirs("key", "show", "--json").json["fingerprint"]
    assert f"Read out over the phone: {heard}" in exported.err
    assert "█ ▄▄▄▄▄ █" in exported.err
    assert (tmp_path / "ruritania.anchor.svg").read_bytes().startswith(b"<?xml")
    assert comity("anchor", "inspect", file, "--json").json["fingerprint"] == heard
    first = comity("anchor", "accept", file, "--fingerprint", str(heard))
    assert (first.code, "Accepted." in first.err) == (0, True)
    again = comity("anchor", "accept", file, "--fingerprint", str(heard), "--json")
    assert (again.code, again.json["done"]) == (0, "known")
    assert comity("key", "show", "--party", "ruritania-csirt", "--json").json["fingerprint"] == heard


def test_a_file_is_inspected_without_a_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["anchor", "inspect", str(a_file(tmp_path))]) == 0
    said = capsys.readouterr()
    for shown in (HEARD, "Elbonia CSIRT", "authority of elbonia", "https://hub.elbonia.example/taxii2/", FAR):
        assert shown in said.out
    assert "EXERCISE" not in said.out
    exercise = tmp_path / "exercise.anchor"
    exercise.write_bytes(anchor_file(ROOT, title="\u0415lbonia\u202e"))
    assert run(["anchor", "inspect", str(exercise)]) == 0
    said = capsys.readouterr()
    assert "EXERCISE" in said.out
    assert "\u202e" not in said.out
    assert "several scripts (CYRILLIC, LATIN)" in said.err
    assert "nobody sees (U+202E)" in said.err


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 1_000_000, b"\x00\xff", b"COMITY ANCHOR 1\n\n-----BEGIN COMITY ANCHOR-----\n" + b"[" * 9000],
    ids=["empty", "huge", "bytes", "nested"],
)
def test_a_hostile_file_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "bad.anchor").write_bytes(content)
    assert run(["anchor", "inspect", str(tmp_path / "bad.anchor")]) == 1
    assert capsys.readouterr().err.startswith("comity: ")
    assert run(["anchor", "inspect", str(tmp_path / "missing.anchor")]) == 1


def test_an_anchor_is_accepted_only_with_the_fingerprint_or_yes(comity: Command, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    asked = comity("anchor", "accept", file)
    assert (asked.code, HEARD in asked.out, "--fingerprint" in asked.err) == (2, True, True)
    assert comity("anchor", "accept", file, "--json").out.count("\n") == 1, "a machine gets the refusal alone"
    assert comity("anchor", "accept", file, "--fingerprint", HEARD[:-1] + ("0" if HEARD[-1] != "0" else "1")).code == 1
    assert comity("anchor", "accept", file, "--fingerprint", "12345").code == 2
    assert comity("key", "show", "--party", "elbonia-csirt").code == 1
    assert comity("anchor", "accept", file, "--yes").code == 0


def test_a_name_that_may_deceive_is_asked_about(comity: Command, tmp_path: Path) -> None:
    file = a_file(tmp_path, title="\u0415lbonia CSIRT")
    refused = comity("anchor", "accept", file, "--fingerprint", HEARD)
    assert (refused.code, "several scripts" in refused.err) == (2, True)
    assert comity("anchor", "accept", file, "--fingerprint", HEARD, "--yes").code == 0


def test_no_file_is_ever_replaced(comity: Command, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b.svg").write_text("mine")
    assert comity("anchor", "export", "--out", tmp_path / "a").code == 1
    assert comity("anchor", "export", "--out", tmp_path / "b", "--qr").code == 1
    assert not (tmp_path / "b").exists()
    assert (tmp_path / "a").read_text() == "mine"
    assert comity("anchor", "export", "--days", "0").code == 2
    assert comity("anchor", "export", "--out", tmp_path / "none" / "c").code == 1


def test_the_text_on_the_screen_is_the_file(comity: Command, tmp_path: Path) -> None:
    said = comity("anchor", "export")
    (tmp_path / "copied.anchor").write_text(said.out)
    assert comity("anchor", "inspect", tmp_path / "copied.anchor").code == 0
