"""Tests that a table is cut into rows whatever wrote it, and that each keeps its number."""

import codecs
import csv

import pytest

from comity.wire.csv_file import MOST_CELLS, Line, is_table, read_table, rows

PLAIN = "value,note\nlocker.example,Zürich\n"


def cut(body: bytes) -> list[Line]:
    return list(rows(read_table(body)))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + PLAIN.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode("utf-16-le"), "utf-16"),
        (PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode("latin-1"), "windows-1252"),
        (PLAIN.encode("latin-1") + b"a,\x81\n", "windows-1252"),
    ],
)
def test_every_usual_encoding_is_read(body: bytes, encoding: str) -> None:
    table = read_table(body)
    assert table.encoding == encoding
    assert [line.cells for line in rows(table)][:2] == [["value", "note"], ["locker.example", "Zürich"]]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_a_table(sign: str) -> None:
    text = f'value{sign}note\na.example{sign}"one, two; three"\nb.example{sign}x,y\n'
    assert read_table(text.encode()).delimiter == sign
    assert [line.cells for line in cut(text.encode())][1] == ["a.example", "one, two; three"]


def test_a_quoted_cell_may_hold_lines_quotes_and_formulas() -> None:
    body = b'value,note\r\na.example,"two\r\nlines, ""quoted"""\r\n\r\nb.example,=cmd|calc\r\n'
    assert cut(body) == [
        Line(1, ["value", "note"]),
        Line(2, ["a.example", 'two\r\nlines, "quoted"']),
        Line(4, ["b.example", "=cmd|calc"]),
    ]


def test_what_cannot_be_read_is_named_and_stepped_over() -> None:
    wide = ",".join("x" * (MOST_CELLS + 1))
    body = f'a.example,1\n"{"x" * (csv.field_size_limit() + 10)}\nb.example,2\n{wide}\nc.example,3\n'
    found = cut(body.encode())
    assert [(line.number, line.reason) for line in found if line.reason] == [(2, "too-large"), (4, "too-large")]
    assert [line.cells[0] for line in found if not line.reason] == ["a.example", "b.example", "c.example"]


@pytest.mark.parametrize(
    ("name", "body", "table"),
    [
        ("drop.csv", b'{"type":"bundle"}', True),
        ("DROP.TSV", b"", True),
        ("drop.json", b"a,b", False),
        ("pasted", b"locker.example\n198.51.100.7\n", True),
        ("pasted", b' \n{"type":"bundle"}', False),
        ("pasted", b"\xef\xbb\xbf[1]", False),
        ("pasted", b"", False),
        ("picture", b"\x89PNG\0\0\0\0\0\0\0\0\x01\x02\0\0a\0", False),
    ],
)
def test_a_table_is_told_by_its_name_or_by_being_no_json(name: str, body: bytes, table: bool) -> None:
    assert is_table(name, body) is table
