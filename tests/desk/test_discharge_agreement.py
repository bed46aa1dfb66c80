"""Tests that what an ended agreement asks for is erased by an officer, and that its giver sees it gone."""

from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.errors import Conflict, NotFound
from tests.support.federation import federation
from tests.support.nodes import OFFICER, TLP, agreement, an_object, clause
from tests.support.owing import DESTROY, ITEM, SHARE, bind, discharge, leave, owed


def test_it_is_erased_for_ever_stated_to_its_giver_and_done_once(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY)
        free.put(an_object("indicator", 1), an_object("malware", 2))
        ruri.sync()
        with pytest.raises(Conflict):
            discharge(ruri)
        with pytest.raises(NotFound):
            discharge(ruri, "unknown")
        leave(free)
        ruri.sync()
        assert discharge(ruri) == 2
        assert (ruri.held_from(free), owed(ruri).sums) == ({}, ())
        for _ in range(2):
            assert (ruri.sync().new, free.sync().error) == (0, "")
        assert (owed(free).sums[0].left, owed(free).sums[0].gone) == (0, 2)
        assert free.alarms() == ruri.alarms() == []
        with pytest.raises(Conflict):
            discharge(ruri)
        for one in (free, ruri):
            assert verify_log(one.node, OFFICER, VerifyLogRequest()).sound


def test_what_was_erased_before_the_end_is_stated_to_its_giver_too(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY)
        free.put(an_object("indicator", 1), an_object("indicator", 2))
        ruri.sync()
        erase_item(ruri.node, OFFICER, EraseItemRequest(id=ITEM, reason="r", ordered_by="o"))
        leave(free)
        ruri.sync()
        assert (owed(ruri).sums[0].left, len(owed(ruri).items)) == (2, 1)
        assert discharge(ruri) == 1
        free.sync()
        assert (owed(free).sums[0].left, owed(free).sums[0].gone) == (0, 2)


def test_more_than_one_call_takes_is_left_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.desk.discharge_agreement.AT_ONCE", 2)
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY)
        free.put(*(an_object("indicator", n) for n in range(3)))
        ruri.sync()
        leave(free)
        ruri.sync()
        assert (discharge(ruri), owed(ruri).sums[0].left, discharge(ruri), owed(ruri).sums) == (2, 1, 1, ())
        free.sync()
        assert owed(free).sums[0].gone == 3


def test_who_had_it_from_here_is_asked_to_erase_it_too(tmp_path: Path) -> None:
    names = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
    text = agreement('survival = "return"\n' + SHARE + clause("2", "forward", tlp_at_most="amber"), parties=names)
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy") as (free, ruri, north):
        free.agree(text)
        for one in (ruri, north):
            one.sync(free.name)
            one.adhere("free-ruri")
        for one, other in ((free, ruri), (free, north), (ruri, north), (north, ruri)):
            one.sync(other.name)
        free.put(an_object("indicator", 1, object_marking_refs=[TLP["green"]]))
        ruri.sync(free.name)
        assert north.sync(ruri.name).new == 1
        leave(free)
        ruri.sync(free.name)
        assert discharge(ruri) == 1
        north.sync(ruri.name)
        assert north.held_from(ruri) == {}
