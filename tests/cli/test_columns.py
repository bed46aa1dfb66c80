"""Tests that columns are said on the line or kept in a file, and that what is no column is refused by name."""

from pathlib import Path

import pytest

from comity.cli.columns import columns_of
from comity.errors import UsageError
from comity.records.table_columns import Columns


def test_columns_are_said_in_pairs_or_kept_in_a_file(tmp_path: Path) -> None:
    wanted = Columns(value="Indicator value", type="#2", header=False)
    assert columns_of("value=Indicator value, type=#2,header=no") == wanted
    file = tmp_path / "partner.toml"
    file.write_text('value = "Indicator value"\ntype = "#2"\nheader = false\n')
    assert columns_of(str(file)) == wanted


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("indicator", "say the columns as"),
        ("value=a,value=b", "say the columns as"),
        ("type=a", "value"),
        ("value=a,colour=b", "colour is none of value, type"),
        ("value=a,header=maybe", "header is yes or no"),
        ("nowhere.toml", "cannot read"),
    ],
)
def test_what_is_no_column_is_refused_by_name(said: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        columns_of(said)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "partner.toml"
    file.write_text("value: a")
    with pytest.raises(UsageError, match="not sound TOML"):
        columns_of(str(file))
