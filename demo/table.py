"""Shows what each party holds, may give, has given and withholds from whom, and by which clause."""

import textwrap
from collections.abc import Iterator
from typing import Any

from play import Played

HEADS = ("holder", "for", "holds", "may have", "received", "refused")
WIDTHS = (17, 17, 8, 9, 9, 8)
WIDE = 118


def table(played: Played) -> str:
    """Give the table as text: a line for each pair of parties, under it the clauses that decided."""
    return "\n".join(_lines(played))


def _lines(played: Played) -> Iterator[str]:
    yield _row(HEADS)
    for (giver, reader), preview in played.previews.items():
        got = played.received.get((giver, reader))
        cells = (preview["items"], preview["permitted"], "not asked" if got is None else len(got), preview["refused"])
        yield _row((giver, reader, *map(str, cells)))
        for group in preview["groups"]:
            yield from _group(group)


def _row(cells: tuple[str, ...]) -> str:
    first = "  ".join(cell.ljust(width) for cell, width in zip(cells[:2], WIDTHS, strict=False))
    return first + "  " + "  ".join(cell.rjust(width) for cell, width in zip(cells[2:], WIDTHS[2:], strict=True))


def _group(group: dict[str, Any]) -> Iterator[str]:
    """Give what decided, over the reason in full if it is a refusal."""
    types = ", ".join(group["types"][:4]) + (f" and {len(group['types']) - 4} more" if len(group["types"]) > 4 else "")
    word = "given" if group["released"] else "refused"
    clauses = ", ".join(group["clauses"]) or "no clause permits it"
    yield f"  {group['count']:>7} {word:<8} {clauses}  ({types})"
    if not group["released"]:
        yield textwrap.fill(group["sentence"], WIDE, initial_indent=" " * 19, subsequent_indent=" " * 19)
