"""Tests on two and three real nodes what an ended agreement asks of what was received, and where it asks nothing."""

from pathlib import Path

from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.surviving import AfterEnd
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, TLP, agreement, an_id, an_object, clause
from tests.support.owing import DESTROY, ITEM, SHARE, TWO, bind, discharge, leave, owed


def left_after(member: Member, stix_id: str = ITEM) -> AfterEnd | None:
    return show_item(member.node, OFFICER, ShowItemRequest(id=stix_id)).after_end


def test_kept_items_say_so_and_their_onward_release_stops(tmp_path: Path) -> None:
    names = (*TWO, "northwind-energy")
    text = agreement(SHARE + clause("2", "forward", tlp_at_most="amber"), parties=names)
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy") as (free, ruri, north):
        free.agree(text)
        for one in (ruri, north):
            one.sync(free.name)
            one.adhere("free-ruri")
        for one, other in ((free, ruri), (free, north), (ruri, north), (north, ruri)):
            one.sync(other.name)
        free.put(an_object("indicator", 1, object_marking_refs=[TLP["green"]]))
        ruri.sync(free.name)
        assert "free-ruri/2" in ruri.explain(ITEM, north.name)
        assert left_after(ruri) is None
        leave(free)
        ruri.sync(free.name)
        told = explain_release(ruri.node, OFFICER, ExplainReleaseRequest(id=ITEM, to=ruri.name))
        assert told.after_end is not None
        assert (told.after_end.asks, told.after_end.due_at, told.after_end.agreements) == ("keep", None, ("free-ruri",))
        assert ITEM in ruri.held_from(free)
        answer = explain_release(ruri.node, OFFICER, ExplainReleaseRequest(id=ITEM, to=north.name))
        assert not answer.released
        assert north.sync(ruri.name).new == 0
        assert owed(ruri).sums == ()


def test_what_another_agreement_covers_stays_and_only_the_rest_goes(tmp_path: Path) -> None:
    other = agreement(clause("9", "share", tlp_at_most="amber", types=["malware"]), parties=TWO, name="other")
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY)
        marked = [TLP["green"]]
        free.put(*(an_object(kind, n, object_marking_refs=marked) for kind, n in (("indicator", 1), ("malware", 2))))
        ruri.sync()
        bind(free, ruri, other, "other")  # after the fact: no statement names it for what was visible already
        leave(free)
        ruri.sync()
        assert [one.id for one in owed(ruri).items] == [ITEM]
        assert left_after(ruri, an_id("malware", 2)) is None
        assert discharge(ruri) == 1
        assert set(ruri.held_from(free)) == {an_id("malware", 2)}
        leave(free, "other")
        ruri.sync()
        assert [one.id for one in owed(ruri).items] == [an_id("malware", 2)], "the second lifted nothing"


def test_who_never_adhered_owes_nothing_by_the_text(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(DESTROY)
        free.put(an_object("indicator", 1))
        ruri.sync()
        leave(free)
        ruri.sync()
        assert owed(ruri).sums == owed(free).sums == ()
        after = left_after(ruri)
        assert after is not None and (after.asks, after.due_at) == ("keep", None)
