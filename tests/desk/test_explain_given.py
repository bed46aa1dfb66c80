"""Tests that a receiver is told by which clauses it was given an item, as the giver is told it."""

from pathlib import Path

import pytest

from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.errors import UsageError
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")


def test_both_nodes_say_the_same_of_a_release(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1), an_object("malware", 2))
        ruri.sync()
        for stix_id in (an_id("indicator", 1), an_id("malware", 2)):
            asked = ExplainReleaseRequest(id=stix_id, to=ruri.name)
            there, here = explain_release(free.node, OFFICER, asked), explain_release(ruri.node, OFFICER, asked)
            assert here.sentence == there.sentence == "Released to ruritania-csirt under free-ruri/1."
            assert here.explanation.decision.clauses == there.explanation.decision.clauses
            assert (here.stated_by, here.statement, here.apart) == (free.name, 1, ())
            assert there.stated_by is None


def test_a_clause_that_does_not_work_for_the_giver_here_is_named(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        ruri.sync()
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("delete from adherences")
        told = explain_release(ruri.node, OFFICER, ExplainReleaseRequest(id=an_id("indicator", 1), to=ruri.name))
        assert told.apart == ("free-ruri/1",)


def test_what_came_without_a_statement_has_no_reason_that_was_signed(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, _):
        free.put(an_object("indicator", 1))
        with pytest.raises(UsageError, match="no signed statement"):
            explain_release(free.node, OFFICER, ExplainReleaseRequest(id=an_id("indicator", 1), to=free.name))
