"""Tests what a TAXII query string asks for."""

import pytest

from comity.desk.views import ReadQuery
from comity.errors import UsageError
from comity.taxii.query import MAX_VALUES, read_query
from comity.values import instant

NOON = instant("2031-03-01T12:00:00Z")


def read(query: str) -> ReadQuery:
    return read_query(query.encode(), page_limit=1000)


def test_an_empty_query_asks_for_the_last_versions_by_full_pages() -> None:
    assert read("") == ReadQuery(limit=1000, versions=("last",))


@pytest.mark.parametrize(("text", "limit"), [("5", 5), ("1000", 1000), ("1001", 1000), ("9" * 5000, 1000), ("007", 7)])
def test_a_limit_over_the_cap_is_capped_without_a_word(text: str, limit: int) -> None:
    assert read(f"limit={text}").limit == limit


@pytest.mark.parametrize("text", ["0", "-1", "abc", "1.5", "1e3", "00", "%D9%A1", "%2B5", "0x10", "5%00"])
def test_a_limit_that_is_no_whole_number_from_1_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="limit"):
        read(f"limit={text}")


@pytest.mark.parametrize("query", ["next=", "next=%20", "limit=", "added_after=", "match[type]=", "match[version]=,"])
def test_an_empty_value_counts_as_absent(query: str) -> None:
    assert read(query) == read("")


@pytest.mark.parametrize(
    "text",
    [
        "2031-03-01T12:00:00Z",
        "2031-03-01T12:00:00.000Z",
        "2031-03-01T12:00:00.000999Z",
        "2031-03-01T12:00:00.000000999Z",
        "2031-03-01T12:00:00%2B00:00",
        "2031-03-01T12:00:00+00:00",
        "2031-03-01T14:00:00%2B02:00",
        "2031-03-01T07:00:00-05:00",
        "2031-03-01t12:00:00z",
    ],
)
def test_added_after_is_read_at_any_precision_and_zone(text: str) -> None:
    assert read(f"added_after={text}").added_after_ms == NOON


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2031-03-01", "2031-03-01T12:00:00", "2031-13-01T12:00:00Z", "1", "%00", "2031-03-01T25:00:00Z"],
)
def test_added_after_that_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="added_after"):
        read(f"added_after={text}")


def test_all_four_filters_are_comma_lists_escaped_or_not() -> None:
    query = read(
        "match[id]=a,b&match%5Btype%5D=indicator%2Cmalware&match[spec_version]=2.0,2.1&match[version]=first,last"
    )

    assert query.ids == ("a", "b")
    assert query.types == ("indicator", "malware")
    assert query.spec_versions == ("2.0", "2.1")
    assert query.versions == ("first", "last")


def test_versions_may_be_moments_too() -> None:
    assert read("match[version]=all").versions == ("all",)
    assert read("match[version]=2031-03-01T12:00:00.000001Z,FIRST").versions == (NOON * 1000 + 1, "first")


def test_a_version_that_is_neither_word_nor_moment_is_refused() -> None:
    with pytest.raises(UsageError, match="version"):
        read("match[version]=newest")


def test_unknown_parameters_and_unknown_filters_are_ignored() -> None:
    assert read("page=3&match[colour]=red&match[]=x&=&&&a") == read("")


def test_the_same_parameter_twice_is_one_list_but_never_two_limits() -> None:
    assert read("match[type]=a&match[type]=b,a").types == ("a", "b")
    assert read("limit=5&limit=5").limit == 5
    with pytest.raises(UsageError):
        read("limit=5&limit=6")


@pytest.mark.parametrize(
    "query",
    [
        "match[id]=" + ",".join(map(str, range(MAX_VALUES + 1))),
        "match[type]=%00",
        "next=%00",
        "next=" + "x" * 3000,
        "&".join(f"a{i}=1" for i in range(500)),
    ],
)
def test_a_query_that_no_client_means_is_refused(query: str) -> None:
    with pytest.raises(UsageError):
        read(query)


def test_bytes_that_are_no_utf8_match_nothing_and_break_nothing() -> None:
    assert read_query(b"match[type]=%ff\xfe", page_limit=10).types == ("\ufffd\ufffd",)


def test_one_version_in_two_spellings_is_one() -> None:
    query = b"match[version]=first,FIRST,2031-03-01T12:00:00Z,2031-03-01T13:00:00.0%2B01:00"

    assert len(read_query(query, page_limit=10).versions) == 2
