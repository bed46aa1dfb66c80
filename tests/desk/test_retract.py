"""Tests that a party takes back what is its own, from everyone who was served, and nothing of others."""

from pathlib import Path

import pytest

from comity.desk.node_type import Node
from comity.desk.retract import RetractRequest, retract
from comity.errors import NotFound, NotPermitted, UsageError
from comity.records import codec, dsse
from comity.records.kinds import Retraction
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause, freedonia

BOTH = ("freedonia-csirt", "ruritania-csirt")


def test_what_is_taken_back_is_read_by_nobody_and_those_served_are_named(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(agreement(clause("1", "share", tlp_at_most="amber")), adhere=BOTH)
        hub.put(an_object("indicator", 1), an_object("indicator", 2))
        assert len(hub.ids("ruritania-csirt")) == 2
        told = retract(
            hub.node, OFFICER, RetractRequest(id=an_id("indicator", 1), reason="Wrong.", deadline="2031-03-08")
        )
        assert (told.versions, told.served_to) == (1, ("ruritania-csirt",))
        assert hub.ids("ruritania-csirt") == [an_id("indicator", 2)]


def test_what_came_from_others_or_is_not_held_or_by_no_date_is_refused(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("indicator", 1), source="northwind-energy")
        hub.put(an_object("indicator", 2))
        for stix_id, deadline, error in (
            (an_id("indicator", 1), None, NotPermitted),
            (an_id("indicator", 9), None, NotFound),
            (an_id("indicator", 2), "soon", UsageError),
        ):
            with pytest.raises(error):
                retract(hub.node, OFFICER, RetractRequest(id=stix_id, reason="r", deadline=deadline))


def test_each_reader_is_told_of_the_versions_that_it_was_served_and_of_no_other(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy") as (free, ruri, north):
        names = [one.name for one in (free, ruri, north)]
        free.agree(agreement(clause("1", "share", tlp_at_most="green"), name="all", parties=names))
        more = agreement(clause("1", "share", tlp_at_most="amber"), name="two", parties=names[:2])
        free.agree(more)
        times = [f"2031-02-0{day}T00:00:00.000Z" for day in (1, 2, 3)]
        for at, tlp in zip(times, ("green", "amber", "red"), strict=True):
            free.put(an_object("indicator", 1, modified=at), tlp=tlp)
        ruri.sync(free.name), north.sync(free.name)
        free.retract(an_id("indicator", 1))
        told = {}
        for one in (ruri, north):
            assert one.sync(free.name).error == ""
            assert one.held_from(free) == {}
            (act,) = acts_of(one.node, "x-comity-retraction")
            told[one.name] = [item.version for item in act.items]
        assert told == {ruri.name: times[1::-1], north.name: times[:1]}
        assert ruri.alarms() == north.alarms() == []
        (all_of_them, *parts) = acts_of(free.node, "x-comity-retraction")
        assert [item.version for item in all_of_them.items] == times[::-1], "its own log names all"
        assert len(parts) == 2


def acts_of(node: Node, kind: str) -> list[Retraction]:
    with node.store.read() as tx:
        rows = tx.exec_driver_sql("select body from records where type = ? order by no", (kind,)).scalars().all()
    acts = [codec.decode(dsse.unverified_payload(bytes(body))) for body in rows]
    return [act for act in acts if isinstance(act, Retraction)]
