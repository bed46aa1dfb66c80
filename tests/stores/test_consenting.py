"""Tests what every store keeps of consent: who is bound, who signed, reserved, left, and what rests."""

from comity.stores import consenting
from comity.stores.consenting import Rest, Signed
from comity.stores.opening import Store
from comity.values import Instant
from tests.support.stores import NOW

LATER = Instant(NOW + 1)


def test_who_is_bound_is_told_by_agreement(store: Store) -> None:
    with store.write() as tx:
        consenting.adhere(tx, "a", "one", NOW, 1)
        consenting.adhere(tx, "a", "two", LATER, 2)
        consenting.adhere(tx, "b", "one", NOW, 3)
        found = consenting.consents_of(tx)
    assert {name: became.adhered for name, became in found.items()} == {
        "a": {"one": NOW, "two": LATER},
        "b": {"one": NOW},
    }


def test_a_signature_gives_way_to_what_binds_and_a_departure_to_a_new_consent(store: Store) -> None:
    with store.write() as tx:
        consenting.sign(tx, "a", "one", NOW, 1, provisional=True)
        assert consenting.consents_of(tx)["a"].signed == [Signed("one", NOW, True)]
        consenting.adhere(tx, "a", "one", NOW, 2)
        consenting.leave(tx, "a", "one", LATER, 3)
        became = consenting.consents_of(tx)["a"]
        assert (became.signed, became.left) == ([], {"one": LATER})
        consenting.adhere(tx, "a", "one", LATER, 4)
        became = consenting.consents_of(tx)["a"]
    assert (became.adhered, became.left) == ({"one": LATER}, {})


def test_reservations_are_replaced_as_a_whole(store: Store) -> None:
    with store.write() as tx:
        consenting.reserve(tx, "a", "one", ("1", "2"), 1)
        consenting.reserve(tx, "a", "two", ("9",), 2)
        consenting.reserve(tx, "a", "one", ("3",), 3)
        assert consenting.consents_of(tx)["a"].reserved == [("one", "3"), ("two", "9")]


def test_a_rest_begins_and_ends(store: Store) -> None:
    with store.write() as tx:
        consenting.suspend(tx, "a", None, NOW, None, 7)
        consenting.suspend(tx, "a", "one", NOW, LATER, 8)
        consenting.resume(tx, 7, LATER)
        assert consenting.consents_of(tx)["a"].rests == [Rest(7, None, NOW, LATER), Rest(8, "one", NOW, LATER)]
