"""Tests what a retraction of another party takes back here, and what it does not."""

from pathlib import Path

from comity.stores import speaking
from comity.values import id_key
from tests.desk.test_passing_on import ITEM, bind_all, chain, marked
from tests.support.federation import federation
from tests.support.nodes import agreement, an_id, an_object, clause

NAMES, PARTIES = ("Freedonia CSIRT", "Ruritania CSIRT"), ("freedonia-csirt", "ruritania-csirt")


def test_what_is_taken_back_goes_in_its_version_and_is_found_by_its_id(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1), an_object("indicator", 2))
        ruri.put(an_object("indicator", 1, description="our own"))
        ruri.sync()
        free.retract(an_id("indicator", 1))
        ruri.sync()
        assert list(ruri.held_from(free)) == [an_id("indicator", 2)]
        assert list(ruri.held_from(ruri)) == [an_id("indicator", 1)], "another's of the same id stays"
        assert ruri.alarms() == []
        with ruri.node.store.read() as tx:
            giver = tx.exec_driver_sql("select no from parties where name = ?", (free.name,)).scalar_one()
            assert len(speaking.acts_on(tx, giver, {id_key(an_id("indicator", 1))})) == 1
            assert speaking.acts_on(tx, giver, {id_key(an_id("indicator", 2))}) == {}


def test_a_new_version_after_a_retraction_stands(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        ruri.sync()
        free.retract(an_id("indicator", 1))
        ruri.sync()
        free.put(an_object("indicator", 1, modified="2031-02-03T00:00:00.000Z"))
        assert ruri.sync().error == ""
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]


def test_what_was_passed_on_and_taken_back_before_it_was_read_accuses_nobody(tmp_path: Path) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        north.read_from(free)
        free.put(*marked(1))
        ruri.sync(free.name)  # it stands in Northwind's view there, and was not read
        assert north.sync(free.name).new == 1, "from its originator"
        free.retract(ITEM)
        ruri.sync(free.name)
        assert north.sync(ruri.name).error == ""
        assert north.alarms() == [] and list(north.held_from(free)) == [ITEM], "until its originator's act comes"
        north.sync(free.name)
        assert north.held_from(free) == {}
