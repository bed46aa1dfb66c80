"""Tests that an agreement rests and goes on, for one party and for all, and that old items come back as old."""

from pathlib import Path

import pytest

from comity.desk.suspend_agreement import (
    ResumeAgreementRequest,
    SuspendAgreementRequest,
    resume_agreement,
    suspend_agreement,
)
from comity.errors import Conflict, RecordRejected
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia

BOTH = ("freedonia-csirt", "ruritania-csirt")


def set_up(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber")), adhere=BOTH)
    hub.put(an_object("indicator", 1))
    assert hub.ids("ruritania-csirt") == [an_id("indicator", 1)]


@pytest.mark.parametrize("for_all", [False, True])
def test_nothing_is_read_while_it_rests(tmp_path: Path, for_all: bool) -> None:
    with freedonia(tmp_path) as hub:
        set_up(hub)
        request = SuspendAgreementRequest(agreement="free-ruri", reason="Breach of article 5.", for_all=for_all)
        assert suspend_agreement(hub.node, OFFICER, request).state == "suspended"
        assert hub.ids("ruritania-csirt") == []
        assert "suspended" in hub.explain(an_id("indicator", 1), "ruritania-csirt").sentence
        with pytest.raises(Conflict):
            suspend_agreement(hub.node, OFFICER, request)
        hub.later(60)
        resumed = resume_agreement(hub.node, OFFICER, ResumeAgreementRequest(agreement="free-ruri", reason="Settled."))
        assert resumed.state == "operational"
        assert hub.ids("ruritania-csirt") == [an_id("indicator", 1)]


def test_it_rests_from_and_until_its_instants_by_itself(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        set_up(hub)
        request = SuspendAgreementRequest(
            agreement="free-ruri", reason="Elections.", at="2031-04-01", until="2031-05-01"
        )
        assert suspend_agreement(hub.node, OFFICER, request).state == "operational"
        for at, count in (
            ("2031-03-31T23:59:59Z", 1),
            ("2031-04-01", 0),
            ("2031-04-30T23:59:59Z", 0),
            ("2031-05-01", 1),
        ):
            hub.at(at)
            hub.settle()
            assert len(hub.ids("ruritania-csirt")) == count, at


def test_what_does_not_rest_cannot_be_taken_up_and_times_keep_their_order(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        set_up(hub)
        with pytest.raises(Conflict):
            resume_agreement(hub.node, OFFICER, ResumeAgreementRequest(agreement="free-ruri", reason="x"))
        request = SuspendAgreementRequest(agreement="free-ruri", reason="x", at="2031-05-01", until="2031-04-01")
        with pytest.raises(RecordRejected):
            suspend_agreement(hub.node, OFFICER, request)
