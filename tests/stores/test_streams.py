"""Tests that a stream is known by its giver and name alone, on every store."""

from comity.stores import streams
from comity.stores.opening import Store


def test_a_stream_is_entered_once_and_found_by_giver_and_name(store: Store) -> None:
    with store.write() as tx:
        assert streams.stream_named(tx, 2, "view") is None
        first = streams.open_stream(tx, 2, "view")
        assert streams.open_stream(tx, 2, "view") == streams.stream_named(tx, 2, "view") == first
        others = [streams.open_stream(tx, party, name).no for party, name in ((3, "view"), (2, "other"))]
        assert len({first.no, *others}) == 3, "neither another party's nor another of its own is this one"
        assert [one.name for one in streams.streams_of(tx, 2)] == ["view", "other"]
