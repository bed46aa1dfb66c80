"""Tests that what went is counted under each clause by day, of this agreement and month alone, and is bounded."""

from pathlib import Path

import pytest

from comity.desk import agreement_flow as module
from comity.desk.agreement_flow import AgreementFlow, AgreementFlowRequest, agreement_flow, month_of
from comity.errors import NotFound
from comity.values import instant, iso
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER, Freedonia, agreement, an_object, clause, freedonia

DAY_S = 86_400


def flow(hub: Freedonia, name: str = "example-agreement") -> AgreementFlow:
    return agreement_flow(hub.node, OFFICER, AgreementFlowRequest(agreement=name))


def test_items_count_under_their_clause_on_their_day(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        hub.later(3 * DAY_S)
        hub.put(an_object("indicator", 70), an_object("indicator", 71))
        found = flow(hub)
        assert (found.since, found.whole) == ("2031-03-01T00:00:00.000Z", True)
        assert [(one.article, one.items, one.readers) for one in found.clauses] == [
            ("4(1)", 6, ("ruritania-csirt",)),
            ("7(2)", 1, ("ruritania-csirt",)),
        ]
        assert [one.by_day for one in found.clauses] == [(4, 0, 0, 2), (1, 0, 0, 0)]


def test_a_new_month_begins_at_nothing_and_another_text_counts_its_own(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        parties = ("freedonia-csirt", "northwind-energy")
        hub.agree(agreement(clause("1", "share", tlp_at_most="green"), name="other", parties=parties))
        assert flow(hub, "other").clauses == (), "Northwind reads nothing here"
        hub.later(40 * DAY_S)
        assert flow(hub).clauses == () and flow(hub).since == "2031-04-01T00:00:00.000Z"
        with pytest.raises(NotFound):
            flow(hub, "nothing")


def test_beyond_the_bound_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COUNTED", 3)
    with freedonia(tmp_path) as hub:
        busy(hub)
        found = flow(hub)
        assert (sum(one.items for one in found.clauses), found.whole) == (3, False)


def test_a_month_begins_at_its_midnight_utc() -> None:
    for at, began in (("2031-03-31T23:59:59Z", "2031-03-01"), ("2032-02-29T00:00:00Z", "2032-02-01")):
        assert iso(month_of(instant(at))) == f"{began}T00:00:00.000Z"
