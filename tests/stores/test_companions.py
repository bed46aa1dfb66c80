"""Tests what every store remembers of the companions that items before a reader name."""

from comity.stores import companions
from comity.stores.opening import Store

KEY, OTHER = b"k" * 16, b"l" * 16


def test_a_wish_is_noted_once_for_each_gate_and_can_be_forgotten(store: Store) -> None:
    with store.write() as tx:
        assert companions.want(store, tx, 1, {KEY: [5]}) == {KEY: [5]}
        assert companions.want(store, tx, 1, {KEY: [5]}) == {KEY: [5]}
        assert companions.want(store, tx, 1, {KEY: [3, 3, 5], OTHER: []}) == {KEY: [3, 5], OTHER: []}
        companions.unwant(tx, 1, KEY, 5)
        assert companions.wanted_gates(tx, 1, KEY) == [3]
        assert companions.wanted_gates(tx, 2, KEY) == []
        assert companions.wanted_gates(tx, 1, OTHER) == []
