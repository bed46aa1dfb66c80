from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.values import id_key, stix_us

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1970-01-01T00:00:01.123456789012Z", 1_123_456),
        ("1969-12-31T23:59:59.9Z", -100_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T22:30:00-01:30", 0),
    ],
)
def test_a_timestamp_is_read_to_whole_microseconds(text: str, microseconds: int) -> None:
    assert stix_us(text) == microseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2031-03-01",
        "2031-03-01T12:00:00",
        "2031-03-01t12:00:00z",
        "2031-03-01 12:00:00Z",
        "2031-03-01T12:00:00.Z",
        "2031-03-01T12:00Z",
        "2031-02-30T12:00:00Z",
        "2031-03-01T24:00:01Z",
        "2031-03-01T12:00:60Z",
        "2031-03-01T12:00:00+2:00",
        "2031-03-01T12:00:00+24:00",
        "2031-03-01T12:00:00Z\n",
        " 2031-03-01T12:00:00Z",
        "12031-03-01T12:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_timestamp_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        stix_us(text)


@pytest.mark.parametrize(
    "text",
    [
        "\u0662\u0660\u0663\u0661-03-01T12:00:00Z",
        "2031-03-01T12:00:0\u0660Z",
        "2031-03-01T12:00:00.\u0661Z",
        "2031-03-01T12:00:00.12\uff13Z",
        "2031-03-01T12:00:00+0\u0661:00",
    ],
)
def test_digits_of_another_script_are_refused(text: str) -> None:
    # Each of them is a digit to Python, but not to RFC 3339: readers would disagree on which version is the latest.
    with pytest.raises(ValueError):
        stix_us(text)


zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=zones))
def test_any_time_of_the_standard_library_is_read_exactly(moment: datetime) -> None:
    assert stix_us(moment.isoformat()) == (moment - EPOCH) // timedelta(microseconds=1)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_and_never_another_error(text: str) -> None:
    with pytest.raises(ValueError):
        stix_us(text)


def test_any_text_has_a_key_well_formed_or_not() -> None:
    assert id_key("indicator--1").hex() == "6b8e470672db2c0167587b3e582a7855"
    assert len({id_key(text) for text in ("", "a", "A", "a ", "\ud800", "\udfff", "\u00e9", "e\u0301")}) == 8


@given(st.text(), st.text())
def test_texts_have_one_key_only_if_they_are_the_same(one: str, other: str) -> None:
    assert (id_key(one) == id_key(other)) == (one == other)
    assert len(id_key(one)) == 16


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_timestamp_beyond_the_years_of_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UTC"):
        stix_us(text)
