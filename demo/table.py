"""Shows what each party holds, gives and withholds, by which clause; what was acknowledged; how each log stands.

Clauses stand under the pairs of which one has read from the other.
`stated` counts the signed statements of what was delivered, `receipts` those that the reader's node says it has stored.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

from play import Played

HEADS = ("holder", "for", "holds", "may have", "received", "refused", "stated", "receipts")
WIDTHS = (20, 20, 8, 9, 9, 8, 7, 9)
WIDE = 118


def table(played: Played) -> str:
    """Give the table as text: a line for each pair of parties, under it the clauses that decided."""
    return "\n".join(_lines(played))


def _lines(played: Played) -> Iterator[str]:
    yield _row(HEADS)
    for (giver, reader), preview in played.previews.items():
        got = played.received.get((giver, reader))
        stream = played.streams[giver, reader]
        given = "not asked" if got is None else len(got)
        cells = (preview["items"], preview["permitted"], given, preview["refused"])
        cells = (*cells, stream["stated"], stream["acknowledged"])
        yield _row((giver, reader, *map(str, cells)))
        for group in preview["groups"] if got is not None else ():
            yield from _group(group)
    yield from _case(played)
    yield from _words(played)
    yield from _logs(played)


def _case(played: Played) -> Iterator[str]:
    """Give the steps of the case as Freedonia's node told them before it asked."""
    case, indicators = played.case, played.case.looked.indicators
    went = sum(one["released"] for one in indicators)
    yield "\nthe case, as freedonia-csirt saw it before it asked"
    yield f"  {case.reported['new']} items reported by northwind-energy, signed by its node"
    yield f"  {went} of {len(indicators)} indicators of the case may go to ruritania-csirt; not, and why:"
    withheld = {one["sentence"] for one in indicators if not one["released"]}
    told = [(one["id"], one["sentence"]) for one in (case.looked.image, case.looked.near_miss)]
    for what, sentence in (*(("indicators", one) for one in sorted(withheld)), *told):
        yield f"  {what}"
        yield _filled(sentence, 6)
    yield f"  {case.tear_line}"
    yield _filled("the tear-line version that northwind-energy let go when it was asked", 6)


def _words(played: Played) -> Iterator[str]:
    yield "\nwhat officers said, as the node tells it to which it was said"
    for party, words in played.words.items():
        for one in words:
            if one["to"] == party:
                yield f"  {one['party']} to {party}: {one['level']} {one['about']}"
                yield _filled(f"{one['by']}: {one['reason'] or ''}", 6)


def _logs(played: Played) -> Iterator[str]:
    yield "\nlog of               entries  sealed  by a checkpoint with the root"
    for party, log in played.logs.items():
        yield f"{party:<19} {log['size']:>8} {log['checkpoint_size']:>7}  {log['checkpoint_root']}"


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
        yield _filled(group["sentence"], 19)


def _filled(sentence: str, indent: int) -> str:
    return textwrap.fill(
        sentence, WIDE, initial_indent=" " * indent, subsequent_indent=" " * indent, break_on_hyphens=False
    )
