"""Tests that what others ask for is kept once while it is open, on every store."""

from comity.stores import asked
from comity.stores.opening import Store
from comity.values import Instant, id_key

KEY, OTHER = id_key("indicator--1"), id_key("indicator--2")


def test_a_request_is_open_until_it_is_answered(store: Store) -> None:
    with store.write() as tx:
        assert asked.requests(tx, 10) == [] and asked.open_count(tx) == 0
        asked.note_asked(tx, 7, 2, KEY, "northwind-energy", Instant(1_000))
        asked.note_asked(tx, 9, 3, OTHER, "northwind-energy", Instant(2_000))
        for other in ((3, KEY, "northwind-energy"), (2, OTHER, "northwind-energy"), (2, KEY, "concord")):
            asked.forget_open(tx, *other)
        assert (asked.open_count(tx), asked.open_count(tx, 2)) == (2, 1)
        asked.grant_open(tx, [3], KEY, ["northwind-energy"], Instant(2_500))
        asked.grant_open(tx, [2], KEY, ["concord"], Instant(2_500))
        assert asked.open_count(tx) == 2
        asked.grant_open(tx, [2, 4], KEY, ["northwind-energy"], Instant(3_000))
        asked.decline(tx, 7, Instant(4_000))
        asked.forget_open(tx, 2, KEY, "northwind-energy")
        assert [one.record_no for one in asked.requests(tx, 10)] == [9, 7], "the open first"
        one = asked.request_by(tx, 7)
        assert one is not None and (one.closed_ms, one.is_granted, one.item_key) == (3_000, True, KEY)
        assert asked.request_by(tx, 8) is None
        assert [one.record_no for one in asked.requests(tx, 10, item_key=KEY)] == [7]
        assert len(asked.requests(tx, 1)) == 1
        asked.decline(tx, 9, Instant(5_000))
        assert asked.open_count(tx) == 0
        asked.note_asked(tx, 11, 3, OTHER, "northwind-energy", Instant(6_000))
        asked.forget_open(tx, 3, OTHER, "northwind-energy")
        assert [(one.record_no, one.is_granted) for one in asked.requests(tx, 10)] == [(7, True), (9, False)]
