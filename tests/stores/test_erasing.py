"""Tests what an erasure leaves in every store, and who is known to have been served."""

from sqlalchemy import Connection, select

from comity.stores import delivering, erasing, keeping, placeables, searching, tables
from comity.stores.opening import Store
from comity.stores.tables import ERASED
from comity.values import id_key
from tests.support.stores import NOW, a_record, add_reader, keep


def test_an_erased_record_keeps_its_number_and_nothing_of_its_content(store: Store) -> None:
    (no,) = keep(store, a_record(), ends={"indicator--1": ["malware--1"]}, values={"indicator--1": ["evil.example"]})
    with store.write() as tx:
        erasing.erase_record(tx, no, b"\1" * 32)
    with store.read() as tx:
        record = keeping.held_record(tx, no)
        assert record is not None
        assert (record.state, record.body, record.stix_id, record.type) == (ERASED, None, "", "")
        assert erasing.salt_of(tx, no) == b""
        assert keeping.held_under(tx, [id_key("indicator--1")]) == {}
        assert searching.find(tx, "evil.example", None, 0, 10) == []
        assert placeables.linked_to(tx, [id_key("malware--1")], no) == []


def test_who_was_ever_served_is_counted_once_each(store: Store) -> None:
    first, second = keep(store, a_record("indicator--1"), a_record("indicator--2"))
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        delivering.append(store, tx, one, [(first, 1, 1), (second, 1, 1)], NOW)
        delivering.append(store, tx, two, [(first, 1, 1)], NOW)
        delivering.withdraw(tx, one, [first], NOW)
        assert erasing.served_to(tx, [first, second]) == 2
        assert erasing.served_to(tx, [second]) == 1
        assert erasing.served_to(tx, []) == 0


def test_that_an_id_is_held_twice_is_forgotten_once_nothing_is_held_under_it(store: Store) -> None:
    first, second = keep(store, a_record(source_no=1), a_record(source_no=2), siblings=("indicator--1", "tool--1"))
    keep(store, a_record("tool--1"))
    key = id_key("indicator--1")

    def noted(tx: Connection) -> int:
        return len(tx.execute(select(tables.siblings.c.id_key)).all())

    with store.write() as tx:
        erasing.erase_record(tx, first, b"\1" * 32)
        erasing.forget_siblings(tx, {key, id_key("tool--1")})
        assert noted(tx) == 2
        erasing.erase_record(tx, second, b"\2" * 32)
        erasing.forget_siblings(tx, {key})
        assert noted(tx) == 1
