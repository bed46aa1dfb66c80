"""Tests that what an ended agreement asks for is listed with its deadline, at who owes it and at whom it is owed to."""

from pathlib import Path

from comity.desk.list_owed import ListOwedRequest, OwedList, list_owed
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.show_item import ShowItemRequest, show_item
from tests.support.federation import federation
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.owing import DESTROY, ITEM, bind, leave, owed


def test_what_has_to_go_is_listed_here_and_there_and_nothing_goes_by_itself(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY)
        free.put(an_object("indicator", 1), an_object("malware", 2))
        ruri.sync()
        assert owed(ruri) == owed(free) == OwedList(sums=(), items=())
        leave(free)
        assert ruri.sync().error == ""
        assert set(ruri.held_from(free)) == {ITEM, an_id("malware", 2)}, "no node erases by itself"
        told = owed(ruri)
        (mine,) = told.sums
        assert (mine.here, mine.by, mine.to, mine.asks, mine.left, mine.overdue) == (
            True, ruri.name, free.name, "destroy", 2, False,
        )  # fmt: skip
        assert mine.due_at[:10] == "2031-03-11"
        assert {one.id for one in told.items} == {ITEM, an_id("malware", 2)}
        (theirs,) = owed(free).sums
        assert (theirs.here, theirs.by, theirs.left, theirs.gone, theirs.due_at) == (
            False, ruri.name, 2, 0, mine.due_at,
        )  # fmt: skip
        after = show_item(ruri.node, OFFICER, ShowItemRequest(id=ITEM)).after_end
        assert after is not None and (after.asks, after.due_at) == ("destroy", mine.due_at)
        status = node_status(ruri.node, OFFICER, StatusRequest())
        assert (status.owed, status.owed_by) == (2, mine.due_at)

        assert list_owed(ruri.node, OFFICER, ListOwedRequest(agreement="other")).sums == ()
        clock = ruri.node.clock
        clock.now += 11 * 86_400_000  # type: ignore[attr-defined]
        assert owed(ruri).sums[0].overdue
        assert len(list_owed(ruri.node, OFFICER, ListOwedRequest(limit=1)).items) == 1
