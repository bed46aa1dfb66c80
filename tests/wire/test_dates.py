"""Tests that a skew is told only where our question and its answer cannot explain it."""

import pytest

from comity.values import Instant, instant
from comity.wire.dates import read_date, skew_of

NOON = instant("2031-03-01T12:00:00Z")
DATE = "Sat, 01 Mar 2031 12:00:00 GMT"


def test_within_question_and_answer_and_a_second_nothing_is_off() -> None:
    for before, after in ((0, 0), (5000, 5000), (0, 60_000), (-999, 10_000), (60_000, 0)):
        assert skew_of(DATE, Instant(NOON - before), Instant(NOON + after)) == 0


def test_a_clock_ahead_is_positive_and_one_behind_negative() -> None:
    assert skew_of(DATE, Instant(NOON - 90_000), Instant(NOON - 80_000)) == 80_000
    assert skew_of(DATE, Instant(NOON + 81_000), Instant(NOON + 90_000)) == -80_000


@pytest.mark.parametrize("text", [DATE, "Saturday, 01-Mar-31 12:00:00 GMT"])
def test_dates_are_read_in_both_forms_that_have_a_zone(text: str) -> None:
    assert read_date(text) == NOON


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "x" * 10_000, "Sat, 99 Mar 2031 12:00:00 GMT", "Sat, 01 Mar 99999 12:00:00 GMT", "Sát", "1", "٣"],
    ids=range(8),
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert read_date(text) is None
    assert skew_of(text, NOON, NOON) is None
