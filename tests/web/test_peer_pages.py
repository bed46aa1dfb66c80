"""Tests how the health of peers is told."""

from tests.support.desk import Office
from tests.support.desk_story import busy


def test_a_silent_peer_is_in_the_title_with_what_its_server_said(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("operator").get("/peers").text
    assert "<h1>One peer is silent</h1>" in page
    assert "its server did not answer within 30 s" in page and "one try failed" in page
    assert "Ruritania CSIRT states something older than before" in page


def test_without_peers_the_page_says_what_would_fill_it(office: Office) -> None:
    page = office.signed_in("auditor").get("/peers").text
    assert "No peer is read from" in page and "A peer appears here" in page
