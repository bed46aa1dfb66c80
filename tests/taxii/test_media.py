"""Tests which media types are understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.taxii.media import acceptable, sendable

TAKEN = [
    None,
    "",
    "application/taxii+json;version=2.1",
    "application/taxii+json; version=2.1",
    'application/taxii+json;version="2.1"',
    "application/taxii+json",
    "APPLICATION/TAXII+JSON; VERSION=2.1",
    "application/json",
    "application/json, text/plain, */*",
    "*/*",
    "application/*",
    "application/taxii+json;version=2.1;q=0.8, text/html;q=0.1",
    "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
    "application/vnd.oasis.taxii+json; version=2.0, */*;q=0.1",
    "text/html",
    "nonsense",
    ';;;,,,"',
]
REFUSED = [
    "application/taxii+json;version=2.0",
    "application/taxii+json; version=3.0",
    'application/taxii+json;version="2.0"',
    "application/vnd.oasis.taxii+json; version=2.0",
    "application/vnd.oasis.stix+json",
    "application/taxii+json;version=2.0;q=0.9, application/json;q=0",
]


@pytest.mark.parametrize("accept", TAKEN)
def test_an_accept_that_allows_taxii_21_or_says_nothing_of_it_is_served(accept: str | None) -> None:
    assert acceptable(accept)


@pytest.mark.parametrize("accept", REFUSED)
def test_only_an_explicit_other_taxii_version_is_refused(accept: str) -> None:
    assert not acceptable(accept)


SENT = [
    None,
    "",
    "application/taxii+json;version=2.1",
    "application/taxii+json; version=2.1",
    'Application/TAXII+json ; Version="2.1"',
    "application/taxii+json",
    "application/json",
    "application/json; charset=utf-8",
    "application/stix+json;version=2.1",
]


@pytest.mark.parametrize("content_type", SENT)
def test_a_body_of_json_taxii_or_stix_is_read(content_type: str | None) -> None:
    assert sendable(content_type)


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "application/xml", "application/x-www-form-urlencoded", "application/taxii+json;version=2.0", "x"],
)
def test_a_body_of_another_type_is_not_read(content_type: str) -> None:
    assert not sendable(content_type)


@given(st.text())
def test_no_header_text_breaks_the_reading(text: str) -> None:
    assert acceptable(text) in (True, False)
    assert sendable(text) in (True, False)
