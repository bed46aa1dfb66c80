"""Plays two and three nodes that trust each other: agreements cross, items arrive verified, receipts return."""

from pathlib import Path

import pytest

from comity.desk.make_checkpoint import hold, make_checkpoint
from comity.desk.renew_log import RenewLogRequest, renew_log
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_item import ShowItemRequest, show_item
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.fork import check_fork
from comity.stores import log
from tests.support.federation import Member, federation
from tests.support.logs import Tiles
from tests.support.nodes import OFFICER, TLP, a_relationship, agreement, an_id, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt")


def test_an_agreement_signed_by_both_lets_items_arrive_verified_and_receipts_return(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        first, second = an_id("indicator", 1), an_id("malware", 2)
        free.put(an_object("indicator", 1), an_object("malware", 2), a_relationship(3, first, second))

        told = ruri.sync()
        assert (told.error, told.new, told.acts) == ("", 3, 2), "its own clauses are a unilateral undertaking"
        assert set(ruri.grades().values()) == {"signed"}
        ruri.adhere("free-ruri")
        ruri.put(an_object("indicator", 9))
        back = free.sync()
        assert (back.error, back.new, back.acts) == ("", 1, 1)
        assert free.acknowledged(ruri) == (1, 1)
        ruri.sync()
        assert ruri.acknowledged(free) == (1, 1)
        assert list(ruri.held_from(free)) and ruri.held_from(free)[first]
        assert free.alarms() == ruri.alarms() == []
        for one, other, stix_id in ((free, ruri, first), (ruri, free, an_id("indicator", 9))):
            assert "free-ruri/1" in one.explain(stix_id, other.name)


def test_reading_again_brings_nothing_twice(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(*(an_object("indicator", n) for n in range(5)))
        assert ruri.sync().new == 5
        again = ruri.sync()
        assert (again.objects, again.acts, again.error) == (0, 0, "")
        free.put(an_object("indicator", 7))
        assert ruri.sync().new == 1
        assert free.acknowledged(ruri) == (2, 2)


def test_keys_that_were_rotated_cross_by_themselves_before_what_they_sign(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        ruri.sync()
        ruri.adhere("free-ruri")
        free.put(an_object("indicator", 1))
        ruri.sync()
        for use in ("record", "log"):
            rotate_key(free.node, OFFICER, RotateKeyRequest(use=use, overlap_days=0))  # type: ignore[arg-type]
        free.put(an_object("indicator", 2))
        assert ruri.sync().error == ""
        assert set(ruri.held_from(free)) >= {an_id("indicator", 1), an_id("indicator", 2)}
        assert ruri.alarms() == []


def test_each_reading_follows_the_peers_log_and_a_fork_is_proven_while_items_go_on(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        assert ruri.sync().log == ""
        first = make_checkpoint(free.node)
        assert first is not None
        assert (ruri.sync().log, ruri.log_of(free)) == ("", (first.origin, first.size, ""))
        free.put(an_object("indicator", 2))
        second = make_checkpoint(free.node)
        assert second is not None
        assert (ruri.sync().log, ruri.log_of(free)) == ("", (first.origin, second.size, ""))

        with free.node.store.write() as tx:  # Freedonia signs another past: the entries before are not what they were
            tiles = Tiles([b"x" * 33] * second.size)
            root = tiles.tree.root(second.size)
            note = sign_checkpoint(Checkpoint(second.origin, second.size, root), free.node.keys.log)
            log.put_checkpoint(tx, second._replace(root=root, note=note))
        free.put(an_object("indicator", 3))
        told = ruri.sync()
        assert (told.new, told.error) == (1, "")
        assert told.log.startswith("log-fork")
        (alarm,) = ruri.alarms()
        assert check_fork(alarm.evidence or b"").second.root == root
        assert ruri.log_of(free)[1:] == (second.size, told.log)


def test_a_log_that_was_given_up_is_told_to_those_who_read(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.put(an_object("indicator", 1))
        make_checkpoint(free.node)
        ruri.sync()
        hold(free.node, "the newer database is lost")
        renew_log(free.node, OFFICER, RenewLogRequest(reason="disk lost"))
        assert ruri.sync().log != ""  # nothing is signed under the new name yet
        made = make_checkpoint(free.node)
        assert made is not None
        assert (ruri.sync().log, ruri.log_of(free)[0]) == ("", made.origin)
        (alarm,) = ruri.alarms()
        assert (alarm.kind, made.origin in alarm.facts) == ("log-renewed", True)


def levels(member: Member) -> dict[str, str]:
    with member.node.store.read() as tx:
        rows = tx.exec_driver_sql("select stix_id from records where family = 0 and source_no > 1")
        ids = [row[0] for row in rows]
    return {one: show_item(member.node, OFFICER, ShowItemRequest(id=one)).versions[0].tlp for one in ids}


def test_an_unmarked_item_arrives_at_the_level_at_which_its_giver_holds_it(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1), tlp="green")
        free.put(an_object("indicator", 2), tlp="amber")
        free.put(an_object("indicator", 3, object_marking_refs=[TLP["amber"]]), tlp="green")
        assert ruri.sync().new == 3
        assert levels(ruri) == {
            an_id("indicator", 1): "green", an_id("indicator", 2): "amber", an_id("indicator", 3): "amber",
        }  # fmt: skip


def test_the_stricter_of_two_levels_counts_and_where_none_is_stated_it_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("update parties set default_tlp = 2 where name = ?", (free.name,))
        free.put(an_object("indicator", 1), tlp="green")
        assert ruri.sync().new == 1
        assert levels(ruri) == {an_id("indicator", 1): "amber"}
        monkeypatch.setattr("comity.desk.statements._handling", lambda *_: "0")
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("update parties set default_tlp = null where name = ?", (free.name,))
        free.put(an_object("indicator", 3), tlp="green")
        assert ruri.sync().new == 1
        assert levels(ruri)[an_id("indicator", 3)] == "green", "what nobody marked is never clear"
        monkeypatch.setattr("comity.desk.statements._handling", lambda *_: "")  # as a node of before states
        free.put(an_object("indicator", 2), tlp="green")
        assert ruri.sync().new == 1
        assert levels(ruri)[an_id("indicator", 2)] == "red"


def test_an_unmarked_item_is_passed_on_at_its_level(tmp_path: Path) -> None:
    names = (*PARTIES, "northwind-energy")
    text = agreement(
        clause("1", "share", tlp_at_most="green") + clause("2", "forward", tlp_at_most="green"), parties=names
    )
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy") as (free, ruri, north):
        free.agree(text)
        for one in (ruri, north):
            one.sync(free.name)
            one.adhere("free-ruri")
        for one, other in ((free, ruri), (free, north), (ruri, north), (north, ruri)):
            one.sync(other.name)
        free.put(an_object("indicator", 1))
        ruri.sync(free.name)
        assert north.sync(ruri.name).new == 1
        assert levels(north) == {an_id("indicator", 1): "green"}
