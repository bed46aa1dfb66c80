"""Decides how answers look to people: two-column sheets and tables, plain when not on a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDE = 160  # columns when nobody looks: a pipe has no width, and cutting words there would lose them


def consoles() -> tuple[Console, Console]:
    """Give the consoles for answers (stdout) and for words (stderr)."""
    out, err = Console(), Console(stderr=True)
    return (out if out.is_terminal else Console(width=WIDE)), err


def show_sheet(out: Console, rows: Iterable[tuple[str, object]]) -> None:
    """Show names with their values, one a line."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(escape(name), escape(clean(str(value))))
    out.print(table)


def show_table(out: Console, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Show rows under heads."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(escape(head), overflow="fold")
    for row in rows:
        table.add_row(*(escape(clean(str(value))) for value in row))
    out.print(table)


def write_line(console: Console, words: str) -> None:
    """Write words as they are, unfolded: no markup is read out of them."""
    console.print(clean(words), markup=False, highlight=False, soft_wrap=True)


def clean(words: str) -> str:
    """Show control characters by their code: what came from elsewhere must not steer a terminal."""
    return "".join(one if one.isprintable() or one == "\n" else f"\\x{ord(one):02x}" for one in words)
