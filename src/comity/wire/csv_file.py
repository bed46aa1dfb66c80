"""Decides how a table of text is cut into rows: its encoding, its delimiter, its quotes. Cells are text and no more.

A formula (`=cmd|…`) is text as all else. Every row keeps the number that a spreadsheet shows beside it.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final, Literal, NamedTuple

LARGEST_FILE_BYTES: Final = 64 << 20
MOST_ROWS: Final = 1_000_000
MOST_CELLS: Final = 500  # of one row
DELIMITERS: Final = (",", ";", "\t", "|")
SUFFIXES: Final = frozenset((".csv", ".tsv"))
_LOOKED_AT: Final = 40  # rows
_HEAD_CHARACTERS: Final = 64 << 10
_OTHER_SUFFIXES: Final = frozenset((".json", ".stix", ".stix2", ".jsonl"))
_NOT_JSON_YET: Final = b"{["


class Line(NamedTuple):
    """One row by its number, from 1; `reason` if it cannot be read."""

    number: int
    cells: list[str]
    reason: Literal["", "too-large", "too-many"] = ""


class Table(NamedTuple):
    """A table as text, and how it is cut."""

    text: str
    delimiter: str
    encoding: str  # utf-8, utf-16 or windows-1252


def is_table(name: str, body: bytes) -> bool:
    """Tell whether content is a table: by its name, else by not being JSON of any kind."""
    suffix = PurePath(name).suffix.lower()
    if suffix in SUFFIXES:
        return True
    if suffix in _OTHER_SUFFIXES:
        return False
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return bool(head) and head[0] not in _NOT_JSON_YET and _encoding(body)[0] != ""


def read_table(body: bytes) -> Table:
    """Read content as a table: in UTF-8, in UTF-16 by its mark or its zeros, else as Windows writes the West's."""
    encoding, skip = _encoding(body)
    try:
        text = body[skip:].decode(encoding or "utf-8")
        shown = "utf-16" if encoding.startswith("utf-16") else "utf-8"
    except UnicodeDecodeError:
        text, shown = _western(body[skip:]), "windows-1252"
    return Table(text, _delimiter(text), shown)


def rows(table: Table) -> Iterator[Line]:
    """Give every row that holds anything."""
    reader = csv.reader(io.StringIO(table.text, newline=""), delimiter=table.delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond 128 KiB, mostly a quote that is never closed; the next line is a row again
            yield Line(number, [], "too-large")
            continue
        if number > MOST_ROWS:
            yield Line(number, [], "too-many")
            return
        if len(cells) > MOST_CELLS:
            yield Line(number, cells[:MOST_CELLS], "too-large")
        elif any(cell and not cell.isspace() for cell in cells):
            yield Line(number, cells)


def _western(body: bytes) -> str:
    try:
        return body.decode("windows-1252")
    except UnicodeDecodeError:  # five bytes have no meaning there
        return body.decode("latin-1")


def _encoding(body: bytes) -> tuple[str, int]:
    """Give the encoding and how many bytes its mark takes; '' for what is no text at all."""
    if body.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if body.startswith(mark):
            return name, len(mark)
    head = body[:1024]
    if b"\0" not in head:
        return "utf-8", 0
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and not even:
        return "utf-16-le", 0
    if even > len(head) // 4 and not odd:
        return "utf-16-be", 0
    return "", 0


def _delimiter(text: str) -> str:
    """Give the sign by which most of the first rows have the same number of cells, more than one."""
    head = text[:_HEAD_CHARACTERS]

    def agreement(delimiter: str) -> tuple[int, int]:
        widths: list[int] = []
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        try:
            for cells in reader:
                if cells:
                    widths.append(len(cells))
                if len(widths) >= _LOOKED_AT:
                    break
        except csv.Error:
            pass
        many = [width for width in widths if width > 1]
        usual = max(set(many), key=many.count, default=1)
        return (many.count(usual), usual) if many else (0, 1)

    return max(DELIMITERS, key=agreement)
