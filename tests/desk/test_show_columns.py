"""Tests that a table is shown as it would be read, cut short and guessed at."""

import pytest

from comity.desk.actor import Actor
from comity.desk.show_columns import COLUMNS_SHOWN, LONGEST_SHOWN, ROWS_SHOWN, ShowColumnsRequest, show_columns
from comity.errors import TooLarge, UsageError
from comity.records.table_columns import Columns
from tests.support.nodes import Freedonia

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")


def ask(hub: Freedonia, body: bytes, name: str = "drop.csv") -> ShowColumnsRequest:
    return ShowColumnsRequest(body=body, name=name)


def test_the_first_rows_are_shown_with_a_guess(hub: Freedonia) -> None:
    rows = "".join(f"198.51.100.{n};grauwal\n" for n in range(99))
    shown = show_columns(hub.node, DUTY, ask(hub, f"ioc;label;\n{rows}".encode()))
    assert (shown.delimiter, shown.encoding) == (";", "utf-8")
    assert shown.rows[:2] == (("ioc", "label", ""), ("198.51.100.0", "grauwal", ""))
    assert len(shown.rows) == ROWS_SHOWN
    assert shown.guess == Columns(value="#1", labels="#2")


def test_wide_and_long_is_cut_short(hub: Freedonia) -> None:
    shown = show_columns(hub.node, DUTY, ask(hub, (",".join(["x\x1b" * 200] * 99) + "\n").encode()))
    assert len(shown.rows[0]) == COLUMNS_SHOWN and len(shown.rows[0][0]) == LONGEST_SHOWN
    assert "\x1b" not in shown.rows[0][0] and shown.guess is None


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("drop.json", b"x", UsageError),
        ("drop.csv", b"\n,,\n", UsageError),
        ("drop.csv", b"x" * (8 * 1024 * 1024 + 1), TooLarge),
    ],
)
def test_what_is_no_table_is_refused(hub: Freedonia, name: str, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        show_columns(hub.node, DUTY, ask(hub, body, name))
