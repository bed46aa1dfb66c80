"""Tests that nothing irreversible happens unless someone said yes."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.errors import Conflict, UsageError


class Terminal(io.StringIO):
    """A terminal at which somebody has typed."""

    def isatty(self) -> bool:
        return True


def a_caller(*, as_json: bool = False) -> Caller:
    return Caller(Path("node"), as_json, Console(file=io.StringIO()), Console(file=io.StringIO()))


def said_by(caller: Caller) -> str:
    file = caller.err.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_yes_on_the_command_line_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    caller, terminal = a_caller(), Terminal("no\n")
    monkeypatch.setattr(sys, "stdin", terminal)
    confirm(caller, "Erase?", yes=True)
    assert (said_by(caller), terminal.tell()) == ("", 0)


def test_a_yes_typed_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = a_caller()
    monkeypatch.setattr(sys, "stdin", Terminal("yes\n"))
    confirm(caller, "Erase?", yes=False)
    assert said_by(caller) == "Erase? (yes/no) "


@pytest.mark.parametrize("typed", ["no\n", "\n", "", "yeah\n"])
def test_anything_else_typed_does_nothing(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    with pytest.raises(Conflict, match="nothing was done"):
        confirm(a_caller(), "Erase?", yes=False)


def test_where_nobody_can_be_asked_yes_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    with pytest.raises(UsageError, match="--yes"):
        confirm(a_caller(), "Erase?", yes=False)


def test_a_program_must_say_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("yes\n"))
    with pytest.raises(UsageError, match="--yes"):
        confirm(a_caller(as_json=True), "Erase?", yes=False)
