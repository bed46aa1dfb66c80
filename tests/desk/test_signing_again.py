"""Tests on two nodes that a key that was revoked or rotated away stops nobody: what still stands is signed anew."""

from pathlib import Path

import pytest

from comity.desk.naming_suspect import SUSPECT
from comity.desk.node_type import Node
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.sequence import settle
from comity.desk.signing_again import acts_in_line
from comity.errors import NodeError
from comity.records import dsse
from comity.stores import keeping, stating
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, TLP, agreement, an_id, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt")
SHARE = agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES)
BEFORE = "2031-03-01T00:00:00Z"


def rotate(member: Member, overlap_days: int = 90) -> str:
    """Rotate the record key; gives the old one's id."""
    old = member.node.keys.record.key_id
    rotate_key(member.node, OFFICER, RotateKeyRequest(use="record", overlap_days=overlap_days))
    return str(old)


def revoke(member: Member, key: str) -> None:
    revoke_key(member.node, OFFICER, RevokeKeyRequest(key=key, suspect_from=BEFORE))


def own_statement(node: Node, reader: str) -> bytes:
    with node.store.read() as tx:
        no = tx.exec_driver_sql("select no from parties where name = ?", (reader,)).scalar_one()
        last = stating.last_stated(tx, no)
        assert last is not None
        return last.envelope


@pytest.mark.parametrize("how", ["revoked", "revoked alone", "rotated without overlap"])
def test_what_waits_under_a_key_that_counts_no_more_is_signed_anew_and_taken(tmp_path: Path, how: str) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(SHARE)
        free.put(an_object("indicator", 1, object_marking_refs=[TLP["green"]]))
        settle(free.node)  # stated, signed by the first key, and not read yet; so are text and adherence
        old = str(free.node.keys.record.key_id)
        if how != "revoked alone":
            rotate(free, 0 if how == "rotated without overlap" else 90)
        if how.startswith("revoked"):
            revoke(free, old)
        statement = own_statement(free.node, ruri.name)
        assert dsse.signers_named(statement) == (old,)
        told = ruri.sync()
        assert (told.error, told.new) == ("", 1)
        free.put(an_object("indicator", 2, object_marking_refs=[TLP["green"]]))
        assert (ruri.sync().new, ruri.sync().error) == (1, "")
        ruri.adhere("free-ruri")
        assert free.sync().error == ""
        assert free.acknowledged(ruri) == (2, 2)
        assert ruri.alarms() == free.alarms() == []
        assert own_statement(free.node, ruri.name) != statement


def test_what_came_before_the_revocation_was_known_is_named_and_reading_goes_on(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(SHARE)
        free.put(an_object("indicator", 1))
        ruri.sync()
        revoke(free, rotate(free))
        free.put(an_object("indicator", 2))
        assert ruri.sync().error == ""
        assert set(ruri.held_from(free)) == {an_id("indicator", 1), an_id("indicator", 2)}
        (alarm,) = ruri.alarms()
        assert alarm.kind == SUSPECT
        assert "1 statements: 1" in alarm.facts and "2 acts" in alarm.facts
        assert b"x-comity-adherence--" in (alarm.evidence or b"")
        ruri.sync()
        assert ruri.alarms()[0].times == alarm.times, "once, not with each reading"


def test_an_act_that_is_held_and_comes_again_under_another_key_is_the_same(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        ruri.sync()
        free.sync()
        free.agree(SHARE)
        ruri.take(free.write_to(ruri))  # its receipt has not come back: the acts stay in line
        rotate(free, 0)
        assert ruri.sync().error == ""
        assert ruri.alarms() == []


def test_key_sets_go_before_all_else_that_waits(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(SHARE)
        rotate(free)
        with free.node.store.read() as tx:
            (first,) = acts_in_line(tx, ruri.name, 1)
            held = keeping.held_record(tx, int(first[1]))
            assert held is not None and held.type == "x-comity-key-set"
            assert len(acts_in_line(tx, ruri.name, 100)) == 3


def test_a_file_carries_what_is_signed_anew_behind_its_key_set(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(SHARE)
        free.put(an_object("indicator", 1))
        settle(free.node)
        revoke(free, rotate(free))
        ruri.take(free.write_to(ruri))
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]
        assert ruri.alarms() == []


def lose_key(member: Member) -> None:
    """Revoke the record key, and lose the file of the one that takes its place."""
    revoke(member, str(member.node.keys.record.key_id))
    (member.node.folder / "keys" / "record-2.pem").unlink()


def test_while_no_key_counts_nothing_is_lost_and_all_goes_on_with_the_next(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(SHARE)
        ruri.sync()
        ruri.adhere("free-ruri")
        free.put(an_object("indicator", 1))
        assert (ruri.sync().new, free.sync().error) == (1, "")
        free.put(an_object("indicator", 2))  # stated by the key that is to be lost, and not read yet
        free.retract(an_id("indicator", 1))
        lose_key(free)
        ruri.put(an_object("malware", 5))
        with pytest.raises(NodeError, match="comity key rotate --use record"):
            free.retract(an_id("indicator", 2))
        for _ in range(2):
            assert "comity key rotate --use record" in free.sync().error
            ruri.sync()
        assert ruri.sync().error == "the server asks for patience", "what nobody can sign is not given"
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)] and free.held_from(ruri) == {}
        assert {one.kind for one in (*ruri.alarms(), *free.alarms())} <= {SUSPECT}
        rotate(free)
        for one in (ruri, free, ruri):
            assert one.sync().error == ""
        assert (list(ruri.held_from(free)), list(free.held_from(ruri))) == (
            [an_id("indicator", 2)], [an_id("malware", 5)]
        )  # fmt: skip
        assert free.waiting_for(ruri) == ruri.waiting_for(free) == (0, 0)
        assert {one.kind for one in (*ruri.alarms(), *free.alarms())} <= {SUSPECT}
