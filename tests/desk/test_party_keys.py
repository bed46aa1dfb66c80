"""Tests that what others signed is read by the keys of its time, out of the database."""

from pathlib import Path

import pytest

from comity.desk.acts import open_act
from comity.desk.party_keys import HeldKeySet, check_set, held_sets, newest_set, ring_of, take_set
from comity.errors import RecordRejected
from comity.records import codec, dsse, reference
from comity.records.kinds import KeySet, Party
from comity.stores import directory
from comity.values import PartyName, instant
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, stated
from tests.support.desks import freedonia

ROOT, RURITANIA = a_signer(50), PartyName("ruritania-csirt")


def held(key_set: KeySet) -> HeldKeySet:
    payload = codec.encode(key_set)
    return HeldKeySet(key_set, payload, dsse.sign(payload, ROOT))


def test_an_act_is_judged_at_its_witnessed_time_by_all_key_sets_that_came(tmp_path: Path) -> None:
    one = a_key_set(ROOT, stated(60), issuer=RURITANIA, exercise=False)
    two = a_key_set(
        ROOT, stated(60, suspect_from="2031-03-10T00:00:00Z"), stated(64), issuer=RURITANIA, exercise=False, serial=2
    )
    act = reference.example(Party)
    payload = codec.encode(
        type(act)(**{**{n: getattr(act, n) for n in act.__struct_fields__}, "issuer": RURITANIA, "exercise": False})
    )
    envelope = dsse.sign(payload, a_signer(60))
    with freedonia(tmp_path) as node, node.store.write() as tx:
        row = directory.party_named(tx, RURITANIA)
        assert row is not None
        with pytest.raises(RecordRejected, match="no-known-signer"):
            open_act(node, tx, envelope, instant("2031-03-02"))
        for one_set in (one, two):
            assert check_set(tx, row, held(one_set))
            take_set(tx, row, ROOT.public, held(one_set), instant("2031-03-02"))
        assert not check_set(tx, row, held(two))
        with pytest.raises(RecordRejected, match="rollback"):
            check_set(tx, row, held(one))
        assert held_sets(tx, row.no) == (held(one), held(two))
        assert newest_set(tx, row.no) == held(two)
        assert open_act(node, tx, envelope, instant("2031-03-09")).act.issuer == RURITANIA
        with pytest.raises(RecordRejected, match="suspect"):
            open_act(node, tx, envelope, instant("2031-03-11"))
        with pytest.raises(RecordRejected, match="wrong-signer"):
            open_act(node, tx, dsse.sign(payload, node.keys.record), instant("2031-03-09"))
        assert {party for party, _ in ring_of(tx).keys} == {"freedonia-csirt", RURITANIA}
