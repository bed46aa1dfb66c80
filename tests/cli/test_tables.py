"""Tests that answers are shown as they are: no markup read out of them, no terminal steered by them."""

import io

from rich.console import Console

from comity.cli.tables import clean, show_sheet, show_table


def shown(width: int = 80) -> tuple[io.StringIO, Console]:
    out = io.StringIO()
    return out, Console(file=out, width=width)


def test_control_characters_are_shown_by_their_code() -> None:
    assert clean("a\x1b[31mb\x07\u202e") == "a\\x1b[31mb\\x07\\x202e"
    assert clean("Ruritania – مرحبا\n") == "Ruritania – مرحبا\n"


def test_markup_in_a_value_is_a_value() -> None:
    out, console = shown()
    show_sheet(console, (("Name", "[red]not red[/red]"),))
    show_table(console, ("name",), (("[bold]x",),))
    assert "[red]not red[/red]" in out.getvalue()
    assert "[bold]x" in out.getvalue()


def test_a_long_value_is_folded_not_cut() -> None:
    out, console = shown(width=20)
    show_table(console, ("id",), (("0123456789" * 5,),))
    assert "".join(out.getvalue().split()).endswith("0123456789" * 5)
