"""Agreements come, change by their dates, and end: what readers may have follows, at once where it tightens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.read_view import read_objects
from comity.desk.views import ReadQuery
from comity.errors import Busy
from tests.support.nodes import (
    OFFICER,
    TLP,
    Freedonia,
    a_marking,
    a_relationship,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR, MALWARE = an_id("indicator", 1), an_id("malware", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_a_late_agreement_brings_older_items_to_a_client_whose_added_after_has_passed(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))
    hub.later(3600)
    cursor = hub.clock.now
    hub.later()

    hub.agree(GREEN)

    assert hub.since(P, cursor) == [INDICATOR]


def test_an_agreement_that_ends_makes_items_unreadable_before_the_sequencer_ran_and_after(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comity.desk import end_agreement

    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))
    if hasattr(end_agreement, "settle"):
        monkeypatch.setattr(end_agreement, "settle", lambda node: None)

    hub.end("green")
    assert hub.ids(P) == []

    hub.settle()
    assert hub.ids(P) == []


def test_a_new_agreement_after_the_end_delivers_everything_anew(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), an_object("malware", 1), a_relationship(1, INDICATOR, MALWARE))
    hub.end("green")
    hub.later()
    cursor = hub.clock.now - 1

    hub.agree(GREEN.replace('"green"', '"again"', 1))

    assert set(hub.since(P, cursor)) == {INDICATOR, MALWARE, an_id("relationship", 1)}


def test_clauses_open_and_close_by_the_given_clock(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green", starts="2031-04-01", ends="2031-05-01")))
    hub.put(an_object("indicator", 1))
    assert hub.ids(P) == []

    hub.at("2031-04-01T00:00:00Z")
    hub.settle()
    assert hub.ids(P) == [INDICATOR]
    hub.at("2031-04-30T23:59:59Z")
    assert hub.ids(P) == [INDICATOR]

    hub.at("2031-05-01T00:00:00Z")
    hub.settle()
    assert hub.ids(P) == []


def test_at_the_instant_of_a_change_a_reader_is_told_to_wait_and_never_given_half(hub: Freedonia) -> None:
    hub.agree(
        agreement(
            clause("1", "share", tlp_at_most="green")
            + clause("2", "withhold", types=["indicator"], starts="2031-04-01")
        )
    )
    hub.put(an_object("indicator", 1), an_object("malware", 1))
    reader = hub.reader(P)

    hub.at("2031-04-01T00:00:00Z")
    with pytest.raises(Busy):
        read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=9))

    hub.settle()
    assert hub.ids(P) == [MALWARE]


def test_the_date_of_another_readers_clause_makes_nobody_else_wait(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.reader(OTHER)
    parties = ("freedonia-csirt", OTHER)
    hub.agree(agreement(clause("1", "share", tlp_at_most="green", starts="2031-04-01"), name="b", parties=parties))
    hub.put(an_object("indicator", 1))

    hub.at("2031-04-01T00:00:00Z")

    assert hub.ids(P) == [INDICATOR]


def test_what_came_from_others_needs_their_forward_clause(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), source=OTHER, tlp="green")
    assert hub.ids(P) == []
    three = ("freedonia-csirt", P, OTHER)
    forward = clause("2", "forward", from_=[OTHER], by=["freedonia-csirt"], to=[P], tlp_at_most="green")

    hub.agree(agreement(forward, name="chain", parties=three), adhere=three)

    assert hub.ids(P) == [INDICATOR]


def test_members_of_a_sharing_group_have_what_is_shared_in_it(hub: Freedonia) -> None:
    members = ("freedonia-csirt", P, OTHER)
    hub.put(an_object("indicator", 1), an_object("indicator", 2, object_marking_refs=[TLP["amber"]]))

    hub.agree(agreement('form = "sharing-group"\ntlp_at_most = "green"\n', name="group", parties=members))

    assert hub.ids(P) == hub.ids(OTHER) == [INDICATOR]


def test_a_redact_clause_gives_a_rendition_that_says_so(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green") + clause("2", "redact", properties=["description"])))
    hub.put(an_object("indicator", 1, description="where from"))

    (got,) = hub.objects(P)
    assert "description" not in got
    assert "properties-removed" in str(got["extensions"])


def test_originator_control_refuses_until_the_originator_consents(hub: Freedonia) -> None:
    hub.agree(GREEN)
    orcon = {"definition_type": "statement", "definition": {"statement": "ORCON"}}
    hub.put(a_marking(1, **orcon), an_object("indicator", 1, object_marking_refs=[an_id("marking-definition", 1)]))
    held = hub.explain(INDICATOR, P)
    assert held.explanation.facts.originator_control
    assert INDICATOR not in hub.ids(P)

    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))

    assert INDICATOR in hub.ids(P)
