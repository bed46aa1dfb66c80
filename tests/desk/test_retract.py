"""Tests that a party takes back what is its own, from everyone who was served, and nothing of others."""

from pathlib import Path

import pytest

from comity.desk.retract import RetractRequest, retract
from comity.errors import NotFound, NotPermitted, UsageError
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
