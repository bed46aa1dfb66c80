"""Tests the first page: red is what is mine, each entry has its reason, an alarm is cleared where it stands."""

import pytest

from comity.desk.actor import PersonRole
from tests.support.desk import Office
from tests.support.desk_story import busy


def test_a_quiet_day_says_so(office: Office) -> None:
    page = office.signed_in("duty-officer").get("/").text
    assert "<h1>Nothing waits for you.</h1>" in page
    assert 'data-turn="mine"' not in page and 'class="count"' not in page


@pytest.mark.parametrize(
    ("role", "title", "red"),
    [
        ("duty-officer", "Two acts wait for you.", 2),
        ("analyst", "One act waits for you.", 1),
        ("directory-officer", "One act waits for you.", 1),
        ("auditor", "Nothing waits for you.", 0),
        ("administrator", "Nothing waits for you.", 0),
    ],
)
def test_red_is_what_is_mine_to_act(office: Office, role: PersonRole, title: str, red: int) -> None:
    busy(office.hub)
    page = office.signed_in(role).get("/").text
    assert f"<h1>{title}</h1>" in page
    assert page.count('data-turn="mine"') == red
    assert page.count('<aside class="reason">') == red


def test_what_waits_stands_on_every_page(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("duty-officer")
    for path in ("/", "/account", "/items", "/nothing"):
        assert '<span class="count">2<span class="unseen"> waiting for you</span></span>' in visitor.get(path).text


def test_others_are_named_with_what_stops_their_clock(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("duty-officer").get("/").text
    assert "Its server does not answer" in page and "12 h ago" in page
    assert "Example Agreement on Cyber Incidents, 7(2)</a> stops to be operational here." in page


def test_an_alarm_is_cleared_with_what_was_found(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("duty-officer")
    assert "Ruritania CSIRT states something older than before" in visitor.get("/").text
    assert visitor.fill("/clear", finding="Restored from a backup; seen by telephone.").status_code == 303
    assert "older than before" not in visitor.get("/").text


@pytest.mark.parametrize("path", ["/alarms/1/clear", "/alarms/999/clear", "/alarms/x/clear"])
def test_an_alarm_is_cleared_by_who_may_from_their_own_page(office: Office, path: str) -> None:
    busy(office.hub)
    analyst = office.signed_in("analyst")
    analyst.get("/account")
    assert analyst.post(path, {"csrf": analyst.csrf, "finding": "x"}).status_code in (400, 403)
    duty = office.signed_in("duty-officer", name="tomas.weyl")
    assert duty.post(path, {"csrf": "", "finding": "x"}).status_code == 403
    assert "older than before" in duty.get("/").text


def test_quarantine_is_listed_for_who_works_with_content(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("analyst").get("/quarantine").text
    assert "no-id" in page and "repeated-key" in page
    assert office.signed_in("auditor", name="tomas.weyl").get("/quarantine").status_code == 403


@pytest.mark.parametrize("after", ["x", "-1", "1e3", "9" * 19, "１"])
def test_a_number_that_is_none_is_refused(office: Office, after: str) -> None:
    assert office.signed_in("analyst").get(f"/quarantine?after={after}").status_code == 400
