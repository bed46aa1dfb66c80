"""Tests that a page token is worth something only to its reader, under its filters, on its node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.desk.tokens import read_token, write_token
from comity.desk.views import ReadQuery
from comity.errors import UsageError

KEY = b"k" * 32
ASKED = ReadQuery(limit=10, types=("indicator", "malware"))


@given(st.integers(0, 2**62))
def test_a_place_reads_back(place: int) -> None:
    assert read_token(KEY, 2, "objects", ASKED, write_token(KEY, 2, "objects", ASKED, place)) == place


def test_limit_added_after_and_the_order_of_filters_are_not_part_of_it() -> None:
    token = write_token(KEY, 2, "objects", ASKED, 7)
    other = ReadQuery(limit=99, added_after_ms=5, after=token, types=("malware", "indicator"))
    assert read_token(KEY, 2, "objects", other, token) == 7


@pytest.mark.parametrize(
    ("key", "reader", "purpose", "query"),
    [
        (b"x" * 32, 2, "objects", ASKED),
        (KEY, 3, "objects", ASKED),
        (KEY, 2, "manifest", ASKED),
        (KEY, 2, "objects", ReadQuery(limit=10)),
        (KEY, 2, "objects", ReadQuery(limit=10, types=("indicator", "malware"), versions=("all",))),
        (KEY, 2, "objects", ReadQuery(limit=10, types=("indicator", "malware"), ids=("indicator--1",))),
        (KEY, 2, "objects", ReadQuery(limit=10, types=("indicator", "malware"), spec_versions=("2.0",))),
    ],
)
def test_it_is_refused_to_anyone_else_and_under_other_filters(
    key: bytes, reader: int, purpose: str, query: ReadQuery
) -> None:
    token = write_token(KEY, 2, "objects", ASKED, 7)
    with pytest.raises(UsageError):
        read_token(key, reader, purpose, query, token)


def test_every_changed_character_is_noticed() -> None:
    token = write_token(KEY, 2, "objects", ASKED, 7)
    for place in range(len(token)):
        for letter in "Az09-_":
            if letter != token[place]:
                with pytest.raises(UsageError):
                    read_token(KEY, 2, "objects", ASKED, token[:place] + letter + token[place + 1 :])


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_token(KEY, 2, "objects", ASKED, text)
