"""Tests on real nodes that a retraction goes along the way that its item went, and names to each what it had."""

from pathlib import Path

from comity.desk.list_receipts import ListReceiptsRequest, list_receipts
from comity.records import codec, dsse
from comity.records.kinds import Retraction
from tests.desk.test_passing_on import ITEM, bind_all, chain, marked
from tests.support.federation import Member
from tests.support.nodes import OFFICER, TLP, an_id, an_object


def retractions_of(member: Member) -> list[Retraction]:
    with member.node.store.read() as tx:
        asked = "select body from records where family = 1 and source_no = 0 and type = 'x-comity-retraction'"
        acts = [codec.decode(dsse.unverified_payload(bytes(row[0]))) for row in tx.exec_driver_sql(asked)]
    return [act for act in acts if isinstance(act, Retraction)]


def test_what_was_passed_on_is_taken_back_from_there_too(tmp_path: Path) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1, 2))
        ruri.sync(free.name)
        assert north.sync(ruri.name).new == 2
        free.retract(ITEM)
        assert (ruri.sync(free.name).error, north.sync(ruri.name).error) == ("", "")
        assert list(north.held_from(ruri)) == list(ruri.held_from(free)) == [an_id("indicator", 2)]
        (act,) = retractions_of(ruri)
        assert ([item.id for item in act.items], act.reason) == ([ITEM], "false")
        (waiting,) = list_receipts(north.node, OFFICER, ListReceiptsRequest()).unanswered
        assert waiting.party == ruri.name, "its giver asks"
        assert [one.alarms() for one in (free, ruri, north)] == [[], [], []]


def test_who_was_served_nothing_gets_no_act(tmp_path: Path) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(an_object("indicator", 1, object_marking_refs=[TLP["red"]]))
        free.put(an_object("indicator", 3, object_marking_refs=[TLP["amber+strict"]]))
        ruri.sync(free.name)
        free.retract(ITEM)
        ruri.sync(free.name)
        assert retractions_of(ruri) == [] and ruri.waiting_for(north)[0] == 0
