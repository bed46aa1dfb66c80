"""Tests the deliveries of every store: at dates of their own, behind gates, and remembered when they end."""

import pytest
from sqlalchemy import Connection, select

from comity.stores import delivering, policies
from comity.stores.opening import Store
from comity.stores.release_tables import deliveries, served
from comity.values import Instant
from tests.support.stores import NOW, a_record, add_reader, keep


def dates(tx: Connection, reader_no: int) -> list[tuple[int, int]]:
    """Each delivery of a reader as (item, date), in date order."""
    rows = tx.execute(
        select(deliveries.c.item_no, deliveries.c.date_ms)
        .where(deliveries.c.reader_no == reader_no)
        .order_by(deliveries.c.date_ms)
    )
    return [(row[0], row[1]) for row in rows]


def test_a_readers_dates_rise_and_are_its_own_even_when_the_clock_goes_back(store: Store) -> None:
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        delivering.append(store, tx, one, [(1, 1, 1), (2, 1, 1)], NOW)
        delivering.append(store, tx, one, [(3, 1, 1)], Instant(NOW - 60_000))
        delivering.append(store, tx, one, [(4, 1, 1)], NOW)
        delivering.append(store, tx, one, [(5, 1, 1)], Instant(NOW + 60_000))
        delivering.append(store, tx, two, [(1, 1, 1)], NOW)
        assert dates(tx, one) == [(1, NOW), (2, NOW + 1), (3, NOW + 2), (4, NOW + 3), (5, NOW + 60_000)]
        assert dates(tx, two) == [(1, NOW)]


def test_a_whole_class_is_appended_in_order_but_for_what_is_held_or_may_not_be_placed(store: Store) -> None:
    nos = keep(
        store,
        *(a_record(f"indicator--{i}") for i in range(3)),
        a_record("indicator--other-class", class_no=2),
        a_record("indicator--embargo", embargo_ms=NOW + 1),
        a_record("indicator--expired", expires_ms=int(NOW)),
        a_record("indicator--later"),
    )
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(nos[1], 1, 12)], NOW)
        assert delivering.append_classes(tx, reader, [(1, 1, 12), (3, 2, 16)], NOW, upto=nos[-2]) == 2
        assert dates(tx, reader) == [(nos[1], NOW), (nos[0], NOW + 1), (nos[2], NOW + 2)]
        assert delivering.append_classes(tx, reader, [(1, 1, 12), (3, 2, 16)], NOW, upto=nos[-2]) == 0
        assert delivering.append_classes(tx, reader, [(1, 1, 12), (3, 2, 16)], NOW, upto=nos[-1]) == 1
        assert dates(tx, reader)[-1] == (nos[-1], NOW + 3)


def test_what_is_withdrawn_is_remembered_as_served_until_then(store: Store) -> None:
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        for reader in (one, two):
            delivering.append(store, tx, reader, [(1, 1, 1), (2, 1, 1)], NOW)
        delivering.withdraw(tx, one, [1], Instant(NOW + 9))
        assert dates(tx, one) == [(2, NOW + 1)]
        delivering.withdraw(tx, two, [2], Instant(NOW + 9))
        delivering.withdraw(tx, one, [2], Instant(NOW + 9))
        assert (dates(tx, one), dates(tx, two)) == ([], [(1, NOW)])
        rows = tx.execute(select(served).order_by(served.c.reader_no, served.c.item_no)).all()
    assert [tuple(row) for row in rows] == [
        (one, 1, NOW, NOW + 9),
        (one, 2, NOW + 1, NOW + 9),
        (two, 2, NOW + 1, NOW + 9),
    ]


def test_what_is_placed_again_comes_at_a_new_date(store: Store) -> None:
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(1, 7, 1), (2, 8, 2), (3, 9, 3)], NOW)
        delivering.redeliver(store, tx, reader, [2, 1, 99], Instant(NOW + 1))
        assert dates(tx, reader) == [(3, NOW + 2), (1, NOW + 3), (2, NOW + 4)]
        assert delivering.delivered(tx, reader, [1, 2, 3, 4]) == {1: 7, 2: 8, 3: 9}


def test_another_gate_leaves_the_date(store: Store) -> None:
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(1, 7, 1)], NOW)
        delivering.regate(tx, reader, 1, 8)
        assert delivering.delivered(tx, reader, [1]) == {1: 8}
        assert dates(tx, reader) == [(1, NOW)]


def test_what_stands_behind_closed_gates_is_taken_away_from_this_reader_alone(store: Store) -> None:
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        for reader in (one, two):
            delivering.append(store, tx, reader, [(1, 1, 1), (2, 2, 1), (3, 3, 1)], NOW)
        policies.set_open(store, tx, one, {1: policies.FOR_EVER, 2: int(NOW)})
        assert delivering.withdraw_closed(tx, one, NOW) == 2
        assert dates(tx, one) == [(1, NOW)]
        assert len(dates(tx, two)) == 3


def test_an_item_stands_in_a_view_once_at_most(store: Store) -> None:
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(1, 1, 1)], NOW)
    with pytest.raises(Exception, match=r"(?i)unique"), store.write() as tx:
        delivering.append(store, tx, reader, [(2, 1, 1), (1, 1, 1)], NOW)
    with store.write() as tx:
        assert dates(tx, reader) == [(1, NOW)]
        delivering.append(store, tx, reader, [(2, 1, 1)], NOW)
        assert dates(tx, reader) == [(1, NOW), (2, NOW + 1)]


def test_a_gate_can_be_put_in_anothers_place_for_one_reader(store: Store) -> None:
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        for reader in (one, two):
            delivering.append(store, tx, reader, [(1, 7, 1), (2, 8, 1)], NOW)
        delivering.regate_all(tx, one, 7, 9)
        assert delivering.delivered(tx, one, [1, 2]) == {1: 9, 2: 8}
        assert delivering.delivered(tx, two, [1, 2]) == {1: 7, 2: 8}


def test_only_parties_with_a_view_are_readers(store: Store) -> None:
    with store.write() as tx:
        assert delivering.readers_of(tx) == []
        reader = add_reader(tx)
        assert delivering.readers_of(tx) == [reader]
