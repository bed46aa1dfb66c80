"""Shows how a table of indicators would be read: its first rows, and a guess at its columns. Nothing is kept."""

from itertools import islice

import msgspec

from comity.desk.actor import Actor
from comity.desk.csv_intake import SAMPLE_ROWS
from comity.desk.node_type import Node
from comity.errors import TooLarge, UsageError
from comity.records.table_columns import Columns, guessed
from comity.wire.csv_file import is_table, read_table, rows
from comity.wire.indicator_values import value_of

ROWS_SHOWN = 6
COLUMNS_SHOWN = 60
LONGEST_SHOWN = 120


class ShowColumnsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A table as bytes, and its file's name."""

    body: bytes
    name: str


class ColumnsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows, each cell cut short, all of one width. `guess`: none if no column seems to hold indicators."""

    encoding: str
    delimiter: str
    rows: tuple[tuple[str, ...], ...]
    guess: Columns | None


def show_columns(node: Node, actor: Actor, request: ShowColumnsRequest) -> ColumnsShown:
    """Say how a table would be read.

    Raises:
        UsageError: it is no table, or holds nothing. TooLarge: over the limit of a request.
    """
    if len(request.body) > node.settings.max_content_length:
        raise TooLarge(node.settings.max_content_length)
    if not is_table(request.name, request.body):
        raise UsageError("this is no table of text")
    table = read_table(request.body)
    head = [line.cells for line in islice(rows(table), SAMPLE_ROWS) if not line.reason]
    if not head:
        raise UsageError("there is nothing in it that could be taken in")
    width = min(max(map(len, head)), COLUMNS_SHOWN)
    shown = tuple(tuple(_short(row[at] if at < len(row) else "") for at in range(width)) for row in head[:ROWS_SHOWN])
    return ColumnsShown(encoding=table.encoding, delimiter=table.delimiter, rows=shown, guess=guessed(head, value_of))


def _short(cell: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in cell).split())
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + "…"
