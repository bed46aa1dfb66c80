"""Tests on every store: which records revoke, and who was delivered what they revoke."""

from comity.stores import delivering, keeping, revoking
from comity.stores.opening import Store
from comity.stores.tables import REVOKED
from comity.values import Instant, id_key
from tests.support.stores import NOW, a_record, add_reader, keep

NAME = "indicator--1"


def test_revocations_are_found_under_ids_that_hold_several_records(store: Store) -> None:
    nos = keep(
        store,
        a_record(NAME),
        a_record(NAME, version_us=2, flags=REVOKED),
        a_record("indicator--alone", flags=REVOKED),
        siblings=(NAME,),
    )
    with store.read() as tx:
        assert [found.no for found in revoking.revocations(tx, None, nos[-1], NOW)] == [nos[1]]
        assert [found.no for found in revoking.revocations(tx, [id_key(NAME)], nos[-1], NOW)] == [nos[1]]
        assert revoking.revocations(tx, [id_key("indicator--alone")], nos[-1], NOW) == []
        assert revoking.revocations(tx, None, nos[0], NOW) == []


def test_only_earlier_versions_of_the_same_source_were_served(store: Store) -> None:
    nos = keep(
        store,
        a_record(NAME, version_us=1),
        a_record(NAME, version_us=2),
        a_record(NAME, version_us=3, source_no=2),
        a_record(NAME, version_us=4, flags=REVOKED),
        siblings=(NAME,),
    )
    with store.write() as tx:
        reader, stranger = add_reader(tx, "one"), add_reader(tx, "two")
        delivering.append(store, tx, reader, [(no, 1, 12) for no in nos[:3]], NOW)
        delivering.withdraw(tx, reader, nos[:1], Instant(NOW + 9))
        (revoked,) = revoking.revocations(tx, None, nos[-1], NOW)

        assert revoking.versions_served(tx, reader, revoked) == [nos[1], nos[0]]
        assert revoking.versions_served(tx, stranger, revoked) == []
        keeping.withdraw_records(tx, [nos[1]])
        assert revoking.versions_served(tx, reader, revoked) == [nos[0]]
