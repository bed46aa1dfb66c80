"""Tests that acts are found by what they speak of, each party's alone, on every store."""

from comity.stores import speaking
from comity.stores.opening import Store
from comity.values import id_key


def test_acts_are_found_by_what_they_speak_of_in_their_order(store: Store) -> None:
    one, other, leaf = id_key("indicator--1"), id_key("indicator--2"), b"l" * 32
    with store.write() as tx:
        assert speaking.acts_on(tx, 2, {one}) == {}
        speaking.note_spoken(store, tx, 2, 9, [one, leaf, one])
        speaking.note_spoken(store, tx, 2, 7, [one, other])
        speaking.note_spoken(store, tx, 3, 8, [one])
        assert list(speaking.acts_on(tx, 2, {one, leaf, b"x" * 32}).items()) == [(7, {one}), (9, {one, leaf})]
        assert speaking.acts_on(tx, 3, {other, leaf}) == speaking.acts_on(tx, 3, set()) == {}
        assert speaking.acts_on(tx, 3, {one}) == {8: {one}}


def test_as_many_as_come_by_one_page_are_looked_up_at_once(store: Store) -> None:
    keys = {id_key(f"indicator--{n}") for n in range(2_000)}
    with store.write() as tx:
        speaking.note_spoken(store, tx, 2, 1, keys)
        assert speaking.acts_on(tx, 2, keys) == {1: keys}
