"""Tests which clauses are said to begin or stop, and when."""

from comity.rooms.release.agreements import read_agreement
from comity.rooms.release.changes import coming_changes
from comity.rooms.release.standing import Standing
from comity.values import PartyName, instant

ME, OTHER = PartyName("freedonia"), PartyName("ruritania")
NOW, UNTIL = instant("2031-03-01T12:00:00Z"), instant("2031-03-15T12:00:00Z")


def standing(dates: str, *, head: str = "", since: str = "2031-01-01T00:00:00Z") -> Standing:
    text = f"""
id = "x"
title.en = "Example"
parties = ["freedonia", "ruritania"]
in_force_from = 2031-01-01
{head}
[[clause]]
article = "4(1)"
kind = "share"
from = ["freedonia"]
tlp_at_most = "green"
text.en = "Words."
{dates}
"""
    both = ((ME, instant(since)), (OTHER, instant(since)))
    return Standing(agreement=read_agreement(text.encode()), adherences=both)


def said(*standings: Standing) -> list[tuple[str, str, str]]:
    found = coming_changes(standings, ME, NOW, UNTIL)
    return [(one.what, one.article, str(one.at)) for one in found]


def test_what_does_not_change_is_not_said() -> None:
    assert said(standing("")) == []
    assert said(standing("ends = 2032-01-01")) == []


def test_a_clause_that_ends_in_time_stops_and_one_that_starts_begins() -> None:
    assert said(standing("ends = 2031-03-09")) == [("stops", "4(1)", str(instant("2031-03-09")))]
    assert said(standing("starts = 2031-03-09")) == [("begins", "4(1)", str(instant("2031-03-09")))]


def test_a_clause_that_begins_and_stops_is_said_twice_in_order() -> None:
    found = said(standing("starts = 2031-03-05\nends = 2031-03-09"))
    assert [what for what, _, _ in found] == ["begins", "stops"]


def test_the_end_of_an_agreement_stops_its_clauses() -> None:
    assert [one[0] for one in said(standing("", head="in_force_until = 2031-03-02"))] == ["stops"]


def test_the_edge_of_the_time_counts() -> None:
    assert said(standing("ends = 2031-03-15T12:00:00Z")) != []
    assert said(standing("ends = 2031-03-15T12:00:01Z")) == []
    assert said(standing("ends = 2031-03-01T12:00:00Z")) == []


def test_agreements_are_said_in_order_of_time() -> None:
    first, second = standing("ends = 2031-03-12"), standing("ends = 2031-03-02")
    times = [one.at for one in coming_changes([first, second], ME, NOW, UNTIL)]
    assert times == sorted(times) and len(times) == 2
