"""Tests that a reading is brought forward and never put off, and that only peers' streams are told of."""

from comity.stores import hinting, subscribing
from comity.stores.opening import Store
from comity.values import Instant


def test_a_reading_is_brought_forward_and_never_put_off(store: Store) -> None:
    with store.write() as tx:
        row = subscribing.subscribe(tx, 7, "https://hub.example/taxii2/", None, Instant(1000))
        assert not hinting.bring_forward(tx, row.no, Instant(1000))
        assert not hinting.bring_forward(tx, row.no, Instant(2000))
        assert hinting.bring_forward(tx, row.no, Instant(500))
        assert not hinting.bring_forward(tx, row.no + 1, Instant(500))
        subscribing.set_paused(tx, row.no, Instant(400), paused=True)
        assert not hinting.bring_forward(tx, row.no, Instant(1))


def test_where_no_peer_is_accepted_nobody_is_told(store: Store) -> None:
    with store.read() as tx:
        assert hinting.stated_streams(tx) == []


def test_a_hint_for_what_is_due_is_seen_by_whoever_reads_it(store: Store) -> None:
    with store.write() as tx:
        row = subscribing.subscribe(tx, 7, "https://hub.example/taxii2/", None, Instant(1000))
        assert not hinting.was_hinted(tx, row.no, row.due_ms)
        hinting.note_hint(tx, row.no, Instant(900))
        assert not hinting.was_hinted(tx, row.no, row.due_ms), "it is to be read then anyway"
        hinting.note_hint(tx, row.no, Instant(1500))
        assert hinting.was_hinted(tx, row.no, row.due_ms)
        assert not hinting.was_hinted(tx, row.no + 1, row.due_ms)
