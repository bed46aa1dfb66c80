"""Tests that columns are guessed by name and content, and that each bad cell gives its own reason."""

import pytest

from comity.records.indicators import Said, Value, ValueKind
from comity.records.table_columns import Columns, NoSuchColumn, Row, RowReason, guessed, moment_of, places_of, row_of
from comity.values import Tlp, instant, iso


def read(text: str, kind: ValueKind | None) -> Value | RowReason:
    """Read what stands before a colon as the kind: enough of an indicator for these tests."""
    said, colon, value = text.partition(":")
    kinds: dict[str, ValueKind] = {"ip": "ipv4", "name": "domain", "url": "url"}
    return Value(kinds[said], value) if colon and said in kinds else "not-an-indicator"


def places(*fields: str) -> dict[str, int]:
    return {field: at for at, field in enumerate(fields)}


def a_row(**cells: str) -> Row | RowReason:
    full = {"value": "ip:198.51.100.7"} | cells
    return row_of(list(full.values()), places(*full), read)  # type: ignore[arg-type]  # fields by their names


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (
            [["Type", "Indicator", "Notes"], ["ip", "ip:1", "a"], ["ip", "ip:2", "b"]],
            Columns(value="#2", type="#1", description="#3"),
        ),
        ([["ip:1", "grauwal"], ["ip:2", "grauwal"]], Columns(value="#1", header=False)),
        ([["What", "Where"], ["a", "name:x"], ["b", "ip:2"]], Columns(value="#2")),
        (
            [["first_seen", "ioc", "Valid-Until", "TLP", "confidence level", "tags"], ["", "ip:1", "", "", "", ""]],
            Columns(value="#2", first_seen="#1", valid_until="#3", tlp="#4", confidence="#5", labels="#6"),
        ),
        ([["value", "ip"], ["nothing here", "ip:1"]], Columns(value="#2")),
    ],
)
def test_columns_are_guessed_by_name_then_by_content(rows: list[list[str]], columns: Columns) -> None:
    assert guessed(rows, read) == columns


@pytest.mark.parametrize("rows", [[], [[""]], [["plain", "words"], ["and", "more"]]])
def test_without_an_indicator_nothing_is_guessed(rows: list[list[str]]) -> None:
    assert guessed(rows, read) is None


def test_columns_stand_where_their_head_or_number_says() -> None:
    head = ["When", "IOC", "Note", "Note"]
    assert places_of(Columns(value=" ioc ", description="#4"), head) == {"value": 1, "description": 3}
    for name in ("Note", "#5", "#0", "#x", "Elsewhere", "#"):
        with pytest.raises(NoSuchColumn):
            places_of(Columns(value=name), head)
    with pytest.raises(NoSuchColumn):
        places_of(Columns(value="IOC", header=False), head)


def test_a_row_says_all_that_its_cells_say() -> None:
    row = a_row(
        type="IPv4-addr", description="Grid", first_seen="2031-03-01 12:00:00", valid_until="1935662400",
        tlp="TLP:AMBER+STRICT", confidence="High", labels="c2; grauwal|c2,",
    )  # fmt: skip
    said = Said("Grid", instant("2031-03-01T12:00:00Z"), instant("2031-05-04T12:00:00Z"), Tlp.AMBER_STRICT, 85,
                ("c2", "grauwal"))  # fmt: skip
    assert row == Row(Value("ipv4", "198.51.100.7"), said)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"value": " "}, "no-value"),
        ({"value": "words"}, "not-an-indicator"),
        ({"type": "yara"}, "type-unknown"),
        ({"type": "domain"}, "type-differs"),
        ({"first_seen": "01/02/2031"}, "bad-first-seen"),
        ({"valid_until": "soon"}, "bad-valid-until"),
        ({"first_seen": "2031-03-02", "valid_until": "2031-03-02"}, "bad-valid-until"),
        ({"tlp": "purple"}, "bad-tlp"),
        ({"confidence": "101"}, "bad-confidence"),
        ({"confidence": "-1"}, "bad-confidence"),
    ],
)
def test_a_bad_cell_gives_its_reason(cells: dict[str, str], reason: str) -> None:
    assert a_row(**cells) == reason


def test_a_short_row_says_nothing_of_what_it_lacks() -> None:
    row = row_of(["ip:1"], places("value", "tlp", "labels"), read)  # type: ignore[arg-type]  # fields by their names
    assert row == Row(Value("ipv4", "1"), Said())


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2031-03-01", "2031-03-01T00:00:00.000Z"),
        ("2031-03-01T14:00:00+02:00", "2031-03-01T12:00:00.000Z"),
        ("2031-03-01 12:00:00 UTC", "2031-03-01T12:00:00.000Z"),
        ("2031-03-01 12:00", "2031-03-01T12:00:00.000Z"),
        ("1930132800", "2031-03-01T12:00:00.000Z"),
    ],
)
def test_times_are_read_as_tables_write_them(text: str, moment: str) -> None:
    found = moment_of(text)
    assert found is not None and iso(found) == moment
