"""Tests the sequencer's side of every store: numbers under an epoch, and deliveries at dates of their own."""

import pytest
from sqlalchemy import Connection, delete, insert, select

from comity.errors import Conflict
from comity.stores import companions, delivering, keeping, policies
from comity.stores.delivering import Rest
from comity.stores.opening import Store
from comity.stores.tables import MEMBER, PORTIONS, deliveries, links, served
from comity.values import Instant, id_key
from tests.support.stores import NOW, a_record, add_reader, keep


def dates(tx: Connection, reader_no: int) -> list[tuple[int, int]]:
    """Each delivery of a reader as (item, date), in date order."""
    rows = tx.execute(
        select(deliveries.c.item_no, deliveries.c.date_ms)
        .where(deliveries.c.reader_no == reader_no)
        .order_by(deliveries.c.date_ms)
    )
    return [(row[0], row[1]) for row in rows]


def test_records_are_numbered_once_and_without_a_gap(store: Store) -> None:
    with store.write() as tx:
        delivering.seize(tx, 1)
        assert delivering.last_numbered(tx) == 0
        assert delivering.number(tx, 1, 1, 3) == 3
        assert delivering.number(tx, 1, 4, 2) == 5
        assert delivering.last_numbered(tx) == 5


def test_a_sequencer_that_was_outdone_can_number_nothing(store: Store) -> None:
    with store.write() as tx:
        assert delivering.epoch_now(tx) == 0
        delivering.seize(tx, 1)
        delivering.number(tx, 1, 1, 3)
    with store.write() as tx:
        delivering.seize(tx, 2)
        assert delivering.epoch_now(tx) == 2
    with pytest.raises(Conflict), store.write() as tx:
        delivering.number(tx, 1, 4, 1)
    with store.write() as tx:
        assert delivering.number(tx, 2, 4, 1) == 4


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
        assert [row.no for row in delivering.placeable(tx, nos[0], nos[-1], NOW)] == expected
        assert [row.no for row in delivering.placeable_of(tx, nos, NOW)] == expected
        keys = [id_key(f"indicator--{i}") for i in range(1, 7)]
        assert len(delivering.placeable_under(tx, keys, nos[-1], NOW)) == 3
        assert len(delivering.placeable_under(tx, keys, nos[0], NOW)) == 1


def test_what_a_reader_lacks_of_a_class_is_given_in_order(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{i}") for i in range(4)), a_record("indicator--p", flags=PORTIONS))
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(nos[1], 1, 12)], NOW)

        assert delivering.not_delivered(tx, reader, Rest([1], []), nos[-1]) == [nos[0], nos[2], nos[3], nos[4]]
        assert delivering.not_delivered(tx, reader, Rest([], [1]), nos[-1]) == [nos[4]]
        assert delivering.not_delivered(tx, reader, Rest([1], [1]), nos[2]) == [nos[0], nos[2]]


def test_a_gate_can_be_put_in_anothers_place_for_one_reader(store: Store) -> None:
    with store.write() as tx:
        one, two = add_reader(tx, "one"), add_reader(tx, "two")
        for reader in (one, two):
            delivering.append(store, tx, reader, [(1, 7, 1), (2, 8, 1)], NOW)
        delivering.regate_all(tx, one, 7, 9)
        assert delivering.delivered(tx, one, [1, 2]) == {1: 9, 2: 8}
        assert delivering.delivered(tx, two, [1, 2]) == {1: 7, 2: 8}


def test_the_newest_version_of_an_end_comes_first(store: Store) -> None:
    keep(store, a_record(version_us=2), a_record(version_us=3), a_record(version_us=1))
    with store.read() as tx:
        found = delivering.placeable_under(tx, [id_key("indicator--1")], 9, NOW)
    assert [row.no for row in found[id_key("indicator--1")]] == [2, 1, 3]


def test_the_ends_of_a_relationship_lead_to_it_and_back(store: Store) -> None:
    (no,) = keep(store, a_record("relationship--1"), ends={"relationship--1": ["malware--1", "tool--1"]})
    with store.read() as tx:
        assert sorted(delivering.ends_of(tx, [no])[no]) == sorted([id_key("malware--1"), id_key("tool--1")])
        (found,) = delivering.linked_to(tx, [id_key("tool--1")], no)
        assert delivering.linked_to(tx, [id_key("tool--1")], no - 1) == []
    assert found[:2] == (id_key("tool--1"), no)
    assert found[2] != MEMBER


def test_a_companion_is_wanted_once_for_each_gate(store: Store) -> None:
    with store.write() as tx:
        assert companions.want(tx, 1, b"k" * 16, 5) == [5]
        assert companions.want(tx, 1, b"k" * 16, 5) == [5]
        assert companions.want(tx, 1, b"k" * 16, 3) == [3, 5]
        assert companions.wanted_gates(tx, 1, b"k" * 16) == [3, 5]
        assert companions.wanted_gates(tx, 2, b"k" * 16) == []


def test_only_parties_with_a_view_are_readers(store: Store) -> None:
    with store.write() as tx:
        assert delivering.readers_of(tx) == []
        reader = add_reader(tx)
        assert delivering.readers_of(tx) == [reader]


@pytest.mark.parametrize("many", [False, True])
def test_what_names_something_new_is_found_from_either_side(store: Store, many: bool) -> None:
    names = ["malware--1", "malware--2", "malware--3", "report--1", "report--2", "report--3", "relationship--1"]
    ends = {"relationship--1": ["malware--1"], "report--1": ["malware--1"]}
    nos = dict(zip(names, keep(store, *map(a_record, names), ends=ends, siblings=("malware--1",)), strict=True))
    again = keep(store, a_record("malware--2", version_us=2), siblings=("malware--2",))[0]
    with store.write() as tx:
        one, other = add_reader(tx, "one"), add_reader(tx, "two")
        tx.execute(delete(links).where(links.c.from_no == nos["report--1"]))
        for report, member in (("report--1", "malware--1"), ("report--2", "malware--2"), ("report--3", "malware--3")):
            link = {"to_key": id_key(member), "from_no": nos[report], "role": MEMBER}
            tx.execute(insert(links).values(link))
        delivering.append(store, tx, other, [(nos["malware--3"], 1, 1)], NOW)
        delivering.append(store, tx, one, [(nos["malware--2"], 1, 1), (nos["relationship--1"], 1, 2)], NOW)
        start = delivering.last_date(tx, one)
        delivering.append(store, tx, one, [(nos["malware--1"], 1, 1), (again, 1, 1)], NOW)
        assert delivering.naming_new(tx, one, start, many=many) == [nos["report--1"]]
        linked = delivering.linked_to_new_versions(tx, one, start, many=many)
        assert [row.no for row in linked] == [nos["relationship--1"]]


def test_it_is_told_whether_much_is_new(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_MANY_NEW", 3)
    with store.write() as tx:
        reader = add_reader(tx)
        delivering.append(store, tx, reader, [(no, 1, 1) for no in range(1, 5)], NOW)
        assert [delivering.are_many_new(tx, reader, NOW + passed) for passed in (-1, 0, 1)] == [True, True, False]
