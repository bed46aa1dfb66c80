import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.values import party_name
from comity.values.names import LONGEST_NAME


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Freedonia CSIRT", "freedonia-csirt"),
        ("freedonia-csirt", "freedonia-csirt"),
        ("  Ministère des Affaires étrangères ", "ministere-des-affaires-etrangeres"),
        ("Northwind Energy, Inc.", "northwind-energy-inc"),
        ("R&D / 2", "r-d-2"),
        ("ＮＡＴＯ", "nato"),
    ],
)
def test_a_short_name_is_lower_case_with_hyphens(title: str, short: str) -> None:
    assert party_name(title) == short


@pytest.mark.parametrize("title", ["", " ", "---", "Ελλάδα", "日本", "\u202e", "a" * (LONGEST_NAME + 1)])
def test_a_title_that_leaves_no_name_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match="no short name"):
        party_name(title)


@given(st.text(max_size=100))
def test_a_name_is_plain_and_its_own_name(title: str) -> None:
    try:
        short = party_name(title)
    except ValueError:
        return
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", short) and len(short) <= LONGEST_NAME
    assert party_name(short) == short
