"""Tests that acts go to those whom they concern, wait until they are taken, and what is refused waits no longer."""

from pathlib import Path

from comity.stores import work
from tests.support.federation import Member, federation
from tests.support.nodes import agreement, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")


def waiting(member: Member, party: str) -> int:
    with member.node.store.read() as tx:
        return len(work.waiting_for(tx, party, work.ACT_MESSAGE, 100))


def test_an_act_waits_for_the_parties_of_its_agreement_alone(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri, north):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        assert (waiting(free, ruri.name), waiting(free, north.name)) == (2, 0)


def test_who_pulls_acknowledges_and_the_line_is_empty(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        told = ruri.sync()
        assert (told.acts, told.posted) == (2, 1), "one receipt for both"
        assert waiting(free, ruri.name) == 0


def test_who_is_not_read_from_gets_them_posted(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        assert free.sync().posted == 2
        assert waiting(free, ruri.name) == 0
        ruri.put(an_object("indicator", 1))
        ruri.adhere("free-ruri")
        assert free.sync().new == 1
