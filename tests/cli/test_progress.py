"""Tests that progress is drawn only where somebody looks, and that what is kept is remembered everywhere."""

import io

from rich.console import Console

from comity.cli.progress import LastReport, shown_progress
from comity.desk.verb import Progress

STEP = Progress(done=5, total=10, unit="bytes", phase="keeping", kept_through=3)


def drawn(*, terminal: bool, wanted: bool) -> tuple[str, LastReport]:
    err, last = io.StringIO(), LastReport()
    console = Console(file=err, force_terminal=terminal, width=80)
    with shown_progress(console, "Taking in", last, wanted=wanted) as report:
        report(STEP)
    return err.getvalue(), last


def test_a_terminal_sees_a_bar() -> None:
    said, last = drawn(terminal=True, wanted=True)
    assert "keeping" in said
    assert last.progress == STEP


def test_nothing_is_drawn_elsewhere_or_when_unwanted() -> None:
    for terminal, wanted in ((False, True), (True, False), (False, False)):
        said, last = drawn(terminal=terminal, wanted=wanted)
        assert said == ""
        assert last.progress == STEP
