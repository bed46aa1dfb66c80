"""Tests which exit code each kind of error has, and what is said about it."""

import io

import pytest
from cyclopts.exceptions import CycloptsError
from rich.console import Console

from comity.cli.exits import Interrupted, exit_code, say_error, say_interrupted
from comity.errors import ComityError, Conflict, NotFound, NotPermitted, StoreError, Unreachable, UsageError
from comity.texts import PSEUDO_LANGUAGE
from scripts.messages import raw_words
from tests.support.command import Command, serving


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("x"), 1),
        (NotPermitted("x"), 1),
        (Conflict("x"), 1),
        (StoreError("x"), 1),
        (ComityError("x"), 1),
        (UsageError("x"), 2),
        (CycloptsError(msg="x"), 2),
        (Unreachable("x"), 3),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def test_an_error_is_one_line_whatever_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    err = io.StringIO()
    assert say_error(NotFound("no\nsuch   [red]thing"), Console(file=err, width=40), as_json=True) == 1
    assert err.getvalue() == "comity: no such [red]thing\n"
    assert capsys.readouterr().out == '{"error":{"code":"not-found","message":"no such [red]thing"}}\n'


def test_what_an_error_repeats_from_elsewhere_steers_no_terminal() -> None:
    err = io.StringIO()
    say_error(NotFound("no \x1b[2J\u202ething"), Console(file=err, width=40), as_json=False)
    assert err.getvalue() == "comity: no \\x1b[2J\\x202ething\n"


def test_an_error_from_below_is_told_in_the_language_of_the_environment(
    comity: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", PSEUDO_LANGUAGE)
    asked = {
        ("item", "show", "malware--7"): "malware--7",
        ("reader", "add", "--party", "elbonia"): "elbonia",
        ("reader", "revoke", "--user", "elbonia-1"): "elbonia-1",
        ("reader", "revoke"): "",
        ("party", "add", "Freedonia CSIRT", "--kind", "state"): "freedonia-csirt",
        ("agreement", "show", "treaty-9"): "treaty-9",
    }
    here = {words: comity(*words) for words in asked}
    with serving(comity.folder):
        there = {words: comity(*words) for words in asked}

    assert here == there
    for words, said in here.items():
        assert said.code in (1, 2)
        assert asked[words] in said.err
        assert raw_words(said.err.replace(asked[words], "")) == [], words


def test_an_interruption_says_what_is_kept() -> None:
    err = io.StringIO()
    assert say_interrupted(Interrupted(4711), Console(file=err, width=200)) == 130
    assert "4711" in err.getvalue()


def test_an_interruption_before_anything_is_kept_says_so() -> None:
    err = io.StringIO()
    assert say_interrupted(KeyboardInterrupt(), Console(file=err, width=200)) == 130
    assert "What was acknowledged is kept" in err.getvalue()
