"""Tests what every store keeps of properties that were dropped once."""

from comity.stores import redacting
from comity.stores.opening import Store


def test_what_was_dropped_is_told_by_reader_and_class_and_noted_once(store: Store) -> None:
    with store.write() as tx:
        redacting.note_dropped(tx, 1, {5: {"name", "description"}, 6: ()})
        redacting.note_dropped(tx, 1, {5: ["name", "aliases"]})
        redacting.note_dropped(tx, 2, {5: ["region"]})
        assert redacting.dropped_of(tx, 1, [5, 6]) == {5: {"name", "description", "aliases"}}
        assert redacting.dropped_of(tx, 2, list(range(2_000))) == {5: {"region"}}
