"""Tests agreements: what works here, in whose words, and what is in force apart from it."""

from tests.support.desk import Office
from tests.support.desk_story import busy
from tests.support.nodes import agreement, clause


def test_agreements_are_listed_with_what_works(office: Office) -> None:
    busy(office.hub)
    office.hub.agree(agreement(clause("1", "share", tlp_at_most="green"), name="not-yet"), adhere=())
    page = office.signed_in("legal-adviser").get("/agreements").text
    assert "One agreement works here, of 2 held" in page
    assert "operational here" in page and "not adhered to" in page and "3 of 3" in page


def test_an_agreement_is_shown_in_its_own_words(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("diplomat").get("/agreements/example-agreement").text
    assert "Example Agreement on Cyber Incidents</bdi>: operational here" in page
    assert "Each party provides indicators and reports marked up to TLP:GREEN." in page
    assert 'id="4(1)"' in page and "until <time" in page
    assert "in_force_from = 2031-01-01" in page
    assert "In force by its own rule since" in page


def test_whose_consent_is_lacking_is_said(office: Office) -> None:
    office.hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    page = office.signed_in("auditor").get("/agreements/free-ruri").text
    assert "Not in force: the consent of Ruritania CSIRT is lacking." in page
    assert "applied as a unilateral undertaking" in page


def test_an_agreement_that_is_not_there_is_not_found(office: Office) -> None:
    assert office.signed_in("auditor").get("/agreements/nothing").status_code == 404
    assert office.signed_in("operator", name="tomas.weyl").get("/agreements").status_code == 403


def test_without_an_agreement_the_page_says_what_would_fill_it(office: Office) -> None:
    page = office.signed_in("auditor").get("/agreements").text
    assert "No agreements work here" in page and "Without one nothing is released." in page


def test_what_went_under_each_clause_is_drawn_beside_its_table(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("diplomat").get("/agreements/example-agreement").text
    assert "What we gave under each clause" in page
    assert 'aria-labelledby="flow-drawn"' in page and "the highest bar is 4 items" in page
    assert page.count('<rect class="solid"') == 2 and 'href="#4%281%29">4(1)</a>' in page
    assert "style=" not in page


def test_where_nothing_went_it_is_said(office: Office) -> None:
    office.hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    assert "Nothing went this month" in office.signed_in("auditor").get("/agreements/free-ruri").text
