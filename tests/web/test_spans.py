"""Tests how times are said: just now, ago, in; two units at most."""

import pytest

from comity.values import Instant, iso
from comity.web.spans import number_word, since, span

NOW = Instant(1_930_000_000_000)


@pytest.mark.parametrize(
    ("length_s", "said"),
    [
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (6480, "1 h 48 min"),
        (36_000, "10 h"),
        (45_480, "12 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
        (8_640_000, "100 days"),
    ],
)
def test_a_span_has_two_units_at_most(length_s: int, said: str) -> None:
    assert span(length_s * 1000) == said


def test_a_moment_is_said_from_now() -> None:
    assert since(iso(Instant(NOW - 59_999)), NOW) == "just now"
    assert since(iso(Instant(NOW - 120_000)), NOW) == "2 min ago"
    assert since(iso(Instant(NOW + 7_200_000)), NOW) == "in 2 h"


def test_small_numbers_are_words() -> None:
    assert [number_word(count) for count in (0, 1, 10, 11)] == ["No", "One", "Ten", "11"]
