"""Tests that every store keeps peers, key sets and keys alike."""

import pytest

from comity.errors import StoreError
from comity.stores import directory, trusting
from comity.stores.opening import Store
from comity.stores.trusting import KeySetRow, PartyKeyRow, PeerRow
from tests.support.stores import NOW, add_reader


def a_peer(party_no: int = 1, root: bytes = b"r" * 32) -> PeerRow:
    return PeerRow(party_no, root, '["https://a.example/"]', b"anchor", 5, "officer", 7, "accepted")


def a_set(party_no: int = 1, serial: int = 1, refused: str | None = None) -> KeySetRow:
    return KeySetRow(party_no, serial, bytes([serial]) * 32, b"envelope", 9, refused)


def test_a_peer_keeps_its_root_key_and_takes_up_what_is_newer(store: Store) -> None:
    with store.write() as tx:
        trusting.put_peer(tx, a_peer())
        trusting.put_peer(tx, a_peer()._replace(endpoints="[]", anchor=b"new", anchor_us=6, accepted_by="other"))
        assert trusting.peer_of(tx, 1) == a_peer()._replace(endpoints="[]", anchor=b"new", anchor_us=6)
        assert trusting.peer_with_root(tx, b"r" * 32) == trusting.peer_of(tx, 1)
        assert trusting.peer_of(tx, 2) is None
        assert trusting.peer_with_root(tx, b"s" * 32) is None


@pytest.mark.parametrize("other", [a_peer(root=b"s" * 32), a_peer(party_no=2)], ids=["another root", "another party"])
def test_no_party_has_two_root_keys_and_no_root_key_two_parties(store: Store, other: PeerRow) -> None:
    with store.write() as tx:
        trusting.put_peer(tx, a_peer())
    with pytest.raises(StoreError), store.write() as tx:
        trusting.put_peer(tx, other)


def test_key_sets_are_kept_once_by_serial_and_evidence_apart(store: Store) -> None:
    with store.write() as tx:
        assert [trusting.keep_key_set(tx, a_set(serial=serial)) for serial in (3, 1, 3)] == [True, True, False]
        assert trusting.keep_key_set(tx, a_set(serial=2, refused="rollback"))
        assert [row.serial for row in trusting.key_sets_of(tx, 1)] == [1, 3]
        assert trusting.refused_key_sets(tx) == [a_set(serial=2, refused="rollback")]
        assert trusting.key_sets_of(tx, 2) == []


def test_the_keys_of_a_party_are_replaced_together(store: Store) -> None:
    one = PartyKeyRow(1, "aa", "record", b"k" * 32, 10, None, None)
    with store.write() as tx:
        first, second = add_reader(tx, "one"), add_reader(tx, "two")
        trusting.replace_keys(tx, first, [one._replace(party_no=first), one._replace(party_no=first, key_id="bb")])
        trusting.replace_keys(tx, second, [one._replace(party_no=second)])
        trusting.replace_keys(tx, first, [one._replace(party_no=first, key_id="cc", valid_until_ms=2**50)])
        assert [(party, row.key_id, row.valid_until_ms) for party, row in trusting.all_keys(tx)] == [
            ("one", "cc", 2**50), ("two", "aa", None),
        ]  # fmt: skip
        assert [row.key_id for _, row in trusting.all_keys(tx, second)] == ["aa"]


def test_accepted_parties_are_named_in_order(store: Store) -> None:
    with store.write() as tx:
        assert trusting.accepted_parties(tx) == []
        for name, root in (("sylvania", b"s"), ("elbonia", b"e"), ("graustark", b"g")):
            party = directory.add_party(
                tx, name=name, title=name, kind="state", acts_for=None, default_tlp=None, is_self=False, now=NOW
            )
            if name != "graustark":
                trusting.put_peer(tx, a_peer(party.no, root * 32))
        assert trusting.accepted_parties(tx) == ["elbonia", "sylvania"]
