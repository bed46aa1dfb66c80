"""Tests the first page."""

from tests.support.desk import Office


def test_the_first_page_is_for_whoever_is_signed_in(office: Office) -> None:
    assert office.visitor().get("/").headers["location"] == "/sign-in"
    assert office.signed_in("operator").get("/").status_code == 200
