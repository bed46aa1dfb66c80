"""Tests that progress is drawn where somebody looks, told to programs, and remembered everywhere."""

import io
import json

import pytest
from rich.console import Console

from comity.cli.progress import LastReport, shown_progress
from comity.desk.verb import Progress

STEP = Progress(done=5, total=10, unit="bytes", phase="keeping", kept_through=3)


def drawn(*, terminal: bool, as_json: bool) -> tuple[str, LastReport]:
    err, last = io.StringIO(), LastReport()
    console = Console(file=err, force_terminal=terminal, width=80)
    with shown_progress(console, "Taking in", last, as_json=as_json) as report:
        report(STEP)
        report(STEP)
    return err.getvalue(), last


def test_a_terminal_sees_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    said, last = drawn(terminal=True, as_json=False)
    assert "keeping" in said
    assert capsys.readouterr().out == ""
    assert last.progress == STEP


def test_nothing_is_drawn_elsewhere() -> None:
    said, last = drawn(terminal=False, as_json=False)
    assert said == ""
    assert last.progress == STEP


def test_a_program_gets_a_line_whenever_more_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    said, last = drawn(terminal=True, as_json=True)
    assert said == ""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kept_through"] for line in lines] == [3]
    assert last.progress == STEP
