"""Tests what every store finds to place before readers: what nothing holds back, and the ends it needs."""

from comity.stores import keeping, placeables
from comity.stores.opening import Store
from comity.stores.tables import MEMBER
from comity.values import id_key
from tests.support.stores import NOW, a_record, keep


def test_only_what_no_embargo_expiry_or_withdrawal_holds_back_can_be_placed(store: Store) -> None:
    nos = keep(
        store,
        a_record("indicator--1"),
        a_record("indicator--2", embargo_ms=int(NOW)),
        a_record("indicator--3", embargo_ms=NOW + 1),
        a_record("indicator--4", expires_ms=NOW + 1),
        a_record("indicator--5", expires_ms=int(NOW)),
        a_record("indicator--6"),
    )
    with store.write() as tx:
        keeping.withdraw_records(tx, nos[5:])
        expected = [nos[0], nos[1], nos[3]]
        assert [row.no for row in placeables.placeable(tx, nos[0], nos[-1], NOW)] == expected
        assert [row.no for row in placeables.placeable_of(tx, nos, NOW)] == expected
        keys = [id_key(f"indicator--{i}") for i in range(1, 7)]
        assert len(placeables.placeable_under(tx, keys, nos[-1], NOW)) == 3
        assert len(placeables.placeable_under(tx, keys, nos[0], NOW)) == 1


def test_the_newest_version_of_an_end_comes_first(store: Store) -> None:
    keep(store, a_record(version_us=2), a_record(version_us=3), a_record(version_us=1))
    with store.read() as tx:
        found = placeables.placeable_under(tx, [id_key("indicator--1")], 9, NOW)
    assert [row.no for row in found[id_key("indicator--1")]] == [2, 1, 3]


def test_the_ends_of_a_relationship_lead_to_it_and_back(store: Store) -> None:
    (no,) = keep(store, a_record("relationship--1"), ends={"relationship--1": ["malware--1", "tool--1"]})
    with store.read() as tx:
        assert sorted(placeables.ends_of(tx, [no])[no]) == sorted([id_key("malware--1"), id_key("tool--1")])
        (found,) = placeables.linked_to(tx, [id_key("tool--1")], no)
        assert placeables.linked_to(tx, [id_key("tool--1")], no - 1) == []
    assert found[:2] == (id_key("tool--1"), no)
    assert found[2] != MEMBER
