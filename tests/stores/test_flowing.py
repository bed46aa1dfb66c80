"""Tests that what became visible is counted by day and class, the newest first, on every store."""

from comity.stores import delivering, flowing
from comity.stores.opening import Store
from comity.values import Instant
from tests.support.stores import a_record, add_reader, keep

START = 10 * flowing.DAY_MS


def test_deliveries_are_counted_by_day_and_class_the_newest_first(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{no}") for no in range(1, 6)))
    with store.write() as tx:
        reader = add_reader(tx)
        assert flowing.flowed(tx, reader, START, 100) == []
        for no, days in zip(nos, (-1, 0, 0, 2, 2), strict=True):
            now = Instant(START + days * flowing.DAY_MS + 1_000 * no)
            delivering.append(store, tx, reader, [(no, 0, 0)], now)
        every = flowing.flowed(tx, reader, START, 100)
        assert [(day, count) for day, _, count in every] == [(0, 2), (2, 2)]
        assert sum(count for _, _, count in flowing.flowed(tx, reader, START, 3)) == 3
        assert [day for day, _, _ in flowing.flowed(tx, reader, START, 2)] == [2]
        assert flowing.flowed(tx, reader + 1, START, 100) == []
