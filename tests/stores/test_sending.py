"""Tests that what was sent to a party is known by its digest, and to nobody else, on every store."""

from comity.stores import sending, stating
from comity.stores.opening import Store
from comity.stores.stating import Stated


def test_what_was_sent_or_stated_to_a_party_is_known_to_it_alone(store: Store) -> None:
    act, statement, other = b"a" * 32, b"s" * 32, b"o" * 32
    with store.write() as tx:
        for _ in range(2):
            sending.note_sent(tx, 2, act, 7)
        stating.state(tx, Stated(2, 1, -1, 5, statement, b"", b"", b"{}", None))
        assert sending.known_to(tx, 2, [act, statement, other]) == {act, statement}
        assert sending.known_to(tx, 3, [act, statement, other]) == set()
        assert sending.known_to(tx, 2, []) == set()
