"""Tests notice: one party leaves after the days that the text asks for, and the others go on."""

from pathlib import Path

import pytest

from comity.desk.leave_agreement import LeaveAgreementRequest, leave_agreement
from comity.desk.list_agreements import ShowAgreementRequest, show_agreement
from comity.errors import Conflict, UsageError
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia

THREE = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
DAY_S = 86_400


def a_text(notice: int) -> str:
    clauses = f"notice_days = {notice}\n" + clause("1", "share", tlp_at_most="amber")
    return agreement(clauses, name="three", parties=THREE)


def leave(hub: Freedonia, **more: str) -> str:
    view = leave_agreement(hub.node, OFFICER, LeaveAgreementRequest(agreement="three", **more))
    return view.state


def test_who_leaves_reads_on_until_the_notice_is_over_and_the_other_for_ever(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(a_text(30), adhere=THREE)
        hub.put(an_object("indicator", 1))
        assert leave(hub, party="ruritania-csirt", evidence="note verbale") == "operational"
        for days, theirs in ((29, 1), (2, 0)):
            hub.later(days * DAY_S)
            hub.settle()
            assert len(hub.ids("ruritania-csirt")) == theirs
            assert hub.ids("northwind-energy") == [an_id("indicator", 1)]
        view = show_agreement(hub.node, OFFICER, ShowAgreementRequest(agreement="three")).agreement
        assert view.in_force_for == ("freedonia-csirt", "northwind-energy")
        told = hub.explain(an_id("indicator", 1), "ruritania-csirt")
        assert "ruritania-csirt has left" in told.sentence


def test_this_party_shares_nothing_any_more_once_it_has_left(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(a_text(0), adhere=THREE)
        hub.put(an_object("indicator", 1))
        assert len(hub.ids("northwind-energy")) == 1
        assert leave(hub) == "withdrawn"
        assert hub.ids("northwind-energy") == []


def test_what_is_no_notice_is_refused(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(a_text(30), adhere=THREE[:2])
        with pytest.raises(UsageError, match="30 days of notice"):
            leave(hub, at="2031-03-05")
        with pytest.raises(UsageError, match="evidence"):
            leave(hub, party="ruritania-csirt")
        with pytest.raises(Conflict, match="not bound"):
            leave(hub, party="northwind-energy", evidence="note")
        leave(hub)
        with pytest.raises(Conflict, match="already"):
            leave(hub)
