from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.values import Instant, instant, iso, iso_or_none

FIRST, LAST = instant("0001-01-01"), instant("9999-12-31T23:59:59.999Z")


def test_the_epoch_is_zero_and_a_bare_date_is_its_midnight() -> None:
    assert instant("1970-01-01T00:00:00Z") == instant("1970-01-01") == 0
    assert instant("2031-03-01") == instant("2031-03-01T00:00:00Z")


def test_a_zone_shifts_the_instant() -> None:
    assert instant("2031-03-01T12:00:00+02:00") == instant("2031-03-01T10:00:00Z")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1970-01-01T00:00:00.0019Z", 1), ("1969-12-31T23:59:59.9991Z", -1), ("1969-12-31T23:59:59.999Z", -1)],
)
def test_what_is_finer_than_a_millisecond_is_rounded_down(text: str, milliseconds: int) -> None:
    assert instant(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    ["2031-03-01T12:00:00", "2031-03-01 12:00", "2031-03-01t12:00:00", "2031-03-01x12:00:00", "20310301", "2031-W09-6"],
)
def test_a_time_without_its_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="zone"):
        instant(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_cannot_be_written_again_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UTC"):
        instant(text)


@pytest.mark.parametrize("text", ["", "tomorrow", "2031-02-30", "2031-03-01T25:00:00Z", "\u0662031-03-01", "-1"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


@given(st.integers(FIRST, LAST))
def test_an_instant_survives_being_written_and_read(moment: int) -> None:
    written = iso(Instant(moment))

    assert instant(written) == moment
    assert len(written) == len("2031-03-01T12:00:00.000Z") and written.endswith("Z")


@given(st.integers(FIRST, LAST), st.integers(FIRST, LAST))
def test_written_instants_sort_as_they_follow_one_another(one: int, other: int) -> None:
    assert (iso(Instant(one)) < iso(Instant(other))) == (one < other)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_any_time_of_the_standard_library_is_read_to_its_millisecond(moment: datetime) -> None:
    assert iso(instant(moment.isoformat())) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_instant_that_there_is_not_is_written_as_none() -> None:
    assert iso_or_none(None) is None
    assert iso_or_none(0) == "1970-01-01T00:00:00.000Z"
