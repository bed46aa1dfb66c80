"""Tests that acts go to those whom they concern, wait until they are taken, and what is refused waits no longer."""

from pathlib import Path

import pytest

from comity.desk import send_acts
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_keys import KeysShown, ShowKeysRequest, show_keys
from comity.stores import work
from comity.values import iso
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_object, clause

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


def keys(member: Member, party: str) -> KeysShown:
    return show_keys(member.node, OFFICER, ShowKeysRequest(party=party))


def test_what_was_agreed_before_they_met_crosses_once_the_anchor_is_accepted(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, meet=False) as (free, ruri, north):
        for title in NAMES[1:]:
            add_party(free.node, OFFICER, AddPartyRequest(title=title, kind="authority"))
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        assert waiting(free, ruri.name) == 0
        for one, other in ((free, ruri), (ruri, free), (free, north)):
            one.meet(other)
        assert (waiting(free, ruri.name), waiting(free, north.name)) == (2, 0)
        free.meet(ruri)
        assert waiting(free, ruri.name) == 2, "an anchor that is known already brings nothing in line"
        ruri.read_from(free)
        assert (ruri.sync().acts, ruri.alarms()) == (2, [])
        ruri.adhere("free-ruri")


def test_what_was_recorded_of_another_stays_here(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2], meet=False) as (free, ruri):
        add_party(free.node, OFFICER, AddPartyRequest(title=NAMES[1], kind="authority"))
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        request = AdhereAgreementRequest(agreement="free-ruri", party=ruri.name, evidence="note verbale")
        adhere_agreement(free.node, OFFICER, request)
        free.meet(ruri)
        assert waiting(free, ruri.name) == 2, "the text and the own adherence: nobody speaks for another"


@pytest.mark.parametrize("how", ["rotate", "revoke"])
def test_new_keys_reach_the_peers_before_what_they_sign(tmp_path: Path, how: str) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        before = keys(ruri, free.name)
        if how == "rotate":
            rotate_key(free.node, OFFICER, RotateKeyRequest(use="record", overlap_days=0))
        else:
            (old,) = (key.key_id for key in before.keys if key.use == "record")
            since = iso(free.node.clock())
            revoke_key(free.node, OFFICER, RevokeKeyRequest(key=old, suspect_from=since))
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 1))
        told = ruri.sync()
        assert (told.error, told.acts, told.new) == ("", 3, 1)
        assert ruri.alarms() == []
        assert keys(ruri, free.name).serial > before.serial
        assert waiting(free, ruri.name) == 0


def posts(member: Member) -> int:
    """How many submissions a node has taken."""
    with member.node.store.read() as tx:
        return int(tx.exec_driver_sql("select count(*) from audit where verb = 'submit'").scalar_one())


def test_small_acts_are_posted_together_and_each_counts(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        for n in range(3):
            text = agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name), name=f"a-{n}")
            free.agree(text)
        assert free.sync().posted == 6
        assert posts(ruri) == 1
        assert waiting(free, ruri.name) == 0


def test_of_acts_posted_together_the_refused_one_alone_is_given_up(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        parties = (free.name, ruri.name)
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=parties, name="good"))
        other = agreement(clause("1", "share", tlp_at_most="green"), parties=parties, name="bad")
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=parties, name="bad"))
        add_agreement(ruri.node, OFFICER, AddAgreementRequest(text=other.encode()))
        told = free.sync()
        assert waiting(free, ruri.name) == 0
        assert 1 <= told.posted < 4
        (alarm,) = [one for one in free.alarms() if one.kind == "act-not-taken"]
        assert "other-text" in alarm.facts
        with ruri.node.store.read() as tx:
            held = tx.exec_driver_sql("select id from agreements order by id").scalars().all()
        assert held == ["bad", "good"]


def test_large_acts_go_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_acts, "BATCH_BYTES", 10)
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        assert free.sync().posted == posts(ruri) == 2
