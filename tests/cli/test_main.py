"""Tests the command line's own manners: usage, help, exit codes, errors in words and in JSON."""

import os
from pathlib import Path

import pytest

from comity.cli.main import NOUNS, build_app, run
from comity.texts import PSEUDO_LANGUAGE, speaking
from tests.support.command import Command, as_process


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("node", "nothing"),
        ("node", "status", "--nothing"),
        ("node", "status", "more"),
        ("node", "init", "--party", "X"),
        ("node", "init", "--party", "X", "--kind", "club"),
        ("node", "serve", "--port", "many"),
        ("item", "import"),
        ("item", "import", "/nowhere/at/all.json"),
        ("node", "backup"),
    ],
)
def test_wrong_usage_is_exit_2_with_one_sentence(comity: Command, words: tuple[str, ...]) -> None:
    said = comity(*words)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("comity: ")
    assert said.err.count("\n") == 1


def test_no_node_named_is_wrong_usage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMITY_NODE", raising=False)
    assert run(["node", "status"]) == 2
    assert "--node DIR" in capsys.readouterr().err


def test_the_node_may_be_named_by_the_environment(
    comity: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_NODE", str(comity.folder))
    assert run(["node", "status", "--json"]) == 0
    assert '"party":"freedonia-csirt"' in capsys.readouterr().out


def test_an_error_is_a_sentence_and_with_json_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Command(tmp_path / "nowhere", capsys)("--json", "node", "status")
    assert said.code == 1
    assert said.json == {"error": {"code": "node", "message": f"there is no node in {tmp_path / 'nowhere'}"}}
    assert said.err == f"comity: there is no node in {tmp_path / 'nowhere'}\n"


def test_wrong_usage_with_json_is_an_object_too(comity: Command) -> None:
    said = comity("node", "status", "--nothing", "--json")
    assert said.code == 2
    assert said.json["error"] == {"code": "usage", "message": "Unknown option: --nothing."}


def test_an_error_nobody_foresaw_is_no_traceback(comity: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path) -> Path:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Path, "expanduser", fail)
    said = comity("node", "status")
    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert "secret" not in said.err
    assert "Traceback" not in said.err


def test_the_process_leaves_with_the_exit_code(tmp_path: Path) -> None:
    assert as_process(tmp_path / "nowhere", "node", "status").code == 1
    assert as_process(tmp_path, "node", "statos").code == 2


def test_every_command_has_help(comity: Command) -> None:
    app = build_app()
    for noun in app:
        if noun.startswith("-"):
            continue
        assert app[noun].help
        for verb in app[noun]:
            if not verb.startswith("-"):
                assert app[noun][verb].help, f"{noun} {verb}"
                said = comity(noun, verb, "--help")
                assert said.code == 0
                assert "--json" in said.out


def test_a_noun_alone_brings_all_of_its_commands() -> None:
    whole = build_app()
    assert {noun for noun in whole if not noun.startswith("-")} == set(NOUNS)
    for noun in NOUNS:
        assert list(build_app(noun)[noun]) == list(whole[noun])


@pytest.mark.parametrize("before", [(), ("--json",), ("--node", "item"), ("--node=item",)], ids=" ".join)
def test_a_command_is_found_behind_what_goes_with_every_command(
    before: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*before, "party", "add", "--help"]) == 0
    assert "--kind" in capsys.readouterr().out


def test_what_is_no_noun_is_judged_by_all_that_there_are(comity: Command) -> None:
    assert "item" in comity("itm", "show").err
    told = comity("--help").out
    assert all(f" {noun} " in told for noun in NOUNS)


def test_all_help_goes_through_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking(PSEUDO_LANGUAGE):
        app = build_app()
        for noun in (name for name in app if not name.startswith("-")):
            assert app[noun].help.startswith("⟦")
    os.environ["LC_ALL"] = PSEUDO_LANGUAGE
    try:
        assert run(["item", "import", "--help"]) == 0
    finally:
        del os.environ["LC_ALL"]
    assert "⟦" in capsys.readouterr().out


def test_the_version_is_said(comity: Command) -> None:
    assert comity("--version").code == 0
