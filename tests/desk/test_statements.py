"""Tests statements of deliveries: dense, chained, of one reader alone, and only for those whose key was accepted."""

from pathlib import Path

from comity.desk.doctor import DoctorRequest, doctor
from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.sequence import Sequencer, settle
from comity.desk.show_keys import ShowKeysRequest, show_keys
from comity.records import codec, dsse
from comity.records.kinds import Delivery, ItemSet
from comity.stores import stating
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")
PARTIES = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")


def statements_for(member: Member, party: str) -> list[tuple[Delivery, stating.Stated]]:
    with member.node.store.read() as tx:
        no = tx.exec_driver_sql("select no from parties where name = ?", (party,)).scalar_one()
        found = stating.next_stated(tx, no, -1, limit=100)
    acts = [codec.decode(dsse.unverified_payload(one.envelope)) for one in found]
    return [(act, one) for act, one in zip(acts, found, strict=True) if isinstance(act, Delivery)]


def test_statements_are_dense_chained_and_name_the_clauses(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri, _):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        for n in range(3):
            free.put(an_object("indicator", n))
        made = statements_for(free, ruri.name)
        assert [act.seq for act, _ in made] == [1, 2, 3]
        digests = [one.sha256.hex() for _, one in made]
        assert [act.prev for act, _ in made] == ["0" * 64, *digests[:-1]]
        assert all(act.basis == ("free-ruri/1",) and act.basis_of == ((0,),) for act, _ in made)
        assert [act.after for act, _ in made][1:] == [act.upto for act, _ in made][:-1]


def test_each_reader_has_sets_of_its_own_and_learns_nothing_of_the_others(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri, north):
        free.agree(agreement(clause("1", "share", to=[ruri.name], tlp_at_most="amber"), parties=PARTIES))
        free.put(*(an_object("indicator", n) for n in range(3)))
        assert statements_for(free, north.name) == []
        ((act, one),) = statements_for(free, ruri.name)
        signed = codec.decode(dsse.unverified_payload(one.set_envelope or b""))
        assert isinstance(signed, ItemSet)
        assert (signed.root, signed.size, len(act.leaf_list())) == (act.set_root, 16, 3)


def test_more_than_fit_one_statement_go_into_several(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(*(an_object("indicator", n) for n in range(1500)))
        assert [len(act.leaf_list()) for act, _ in statements_for(free, ruri.name)] == [1000, 500]
        told = ruri.sync()
        assert (told.new, told.error) == (1500, "")
        assert len(ruri.held_from(free)) == 1500


def test_while_the_queue_is_never_empty_peers_get_statements_all_the_same(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(an_object("indicator", 0))
        before = len(statements_for(free, ruri.name))
        sequencer = Sequencer(free.node)
        for n in range(1, 40):
            free.take_in(an_object("indicator", n))
            sequencer.step()
        assert before < len(statements_for(free, ruri.name)) <= before + 3


def test_without_a_key_that_counts_nothing_is_stated_and_all_else_goes_on(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(an_object("indicator", 1))
        ruri.sync()
        lost_key(free)
        free.put(an_object("indicator", 2))
        assert [act.seq for act, _ in statements_for(free, ruri.name)] == [1]
        explained = explain_release(free.node, OFFICER, ExplainReleaseRequest(id=an_id("indicator", 2), to=ruri.name))
        assert explained.released
        (finding,) = [one for one in doctor(free.node, OFFICER, DoctorRequest()).findings if one.check == "key set"]
        assert (finding.verdict, finding.advice) == ("fault", "comity key rotate --use record")
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="record"))
        settle(free.node)
        assert [act.seq for act, _ in statements_for(free, ruri.name)] == [1, 2]
        assert (ruri.sync().error, len(ruri.held_from(free))) == ("", 2)


def lost_key(member: Member) -> None:
    """Revoke the record key, and lose the file of the one that takes its place."""
    shown = show_keys(member.node, OFFICER, ShowKeysRequest())
    (key,) = [one.key_id for one in shown.keys if one.use == "record"]
    revoke_key(member.node, OFFICER, RevokeKeyRequest(key=key, suspect_from="2031-03-01T12:00:00Z"))
    (member.node.folder / "keys" / "record-2.pem").unlink()
