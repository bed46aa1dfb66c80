"""Tests that a node which stands too far on in a stream goes back to what it holds and reads what lacks."""

from pathlib import Path

from comity.desk.gaps import place_after, starts_of_gaps
from comity.stores import directory, streams
from comity.values import iso
from tests.support.federation import federation
from tests.support.nodes import agreement, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt")


def test_a_place_beyond_what_is_held_goes_back_and_the_gap_is_filled(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        assert ruri.sync().new == 1
        free.put(an_object("indicator", 2))
        beyond = iso(free.node.clock())
        free.put(an_object("indicator", 3))
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("update subscriptions set cursor = ?", (beyond,))
        assert ruri.sync().code == "conflict"
        assert [alarm.kind for alarm in ruri.alarms()] == ["statement-gap"]
        told = ruri.sync()
        assert (told.error, told.new) == ("", 2)
        assert ruri.alarms() == []
        with ruri.node.store.read() as tx:
            giver = directory.party_named(tx, free.name)
            assert giver is not None
            (stream,) = streams.streams_of(tx, giver.no)
            assert place_after(tx, stream.no) > beyond
            assert starts_of_gaps(tx, giver.no, stream.name, 10) == []
            assert starts_of_gaps(tx, giver.no, "another", 10) == []
