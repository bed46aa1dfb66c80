"""Tests who every store knows: parties, views and the owners of secrets."""

import pytest

from comity.errors import StoreError
from comity.stores import directory
from comity.stores.opening import Store
from comity.values import Instant
from tests.support.stores import NOW, add_reader


def test_a_party_is_found_by_its_name_and_the_own_one_as_such(store: Store) -> None:
    with store.write() as tx:
        assert directory.own_party(tx) is None
        own = directory.add_party(
            tx, name="freedonia-csirt", title="Freedonia CSIRT", kind="authority", acts_for="freedonia",
            default_tlp=2, is_self=True, now=NOW,
        )  # fmt: skip
        add_reader(tx, "a-b")
        add_reader(tx, "aa")
        assert directory.own_party(tx) == own
        assert directory.party_named(tx, "freedonia-csirt") == own
        assert directory.party_named(tx, "nobody") is None
        assert [row.name for row in directory.party_rows(tx)] == ["a-b", "aa", "freedonia-csirt"]
        assert [row.no for row in directory.party_rows(tx)] == [2, 3, 1]


def test_a_name_is_given_once(store: Store) -> None:
    with store.write() as tx:
        add_reader(tx, "one")
    with pytest.raises(StoreError), store.write() as tx:
        add_reader(tx, "one")


def test_a_secret_leads_to_its_owner_until_it_is_revoked(store: Store) -> None:
    with store.write() as tx:
        reader = add_reader(tx)
        directory.add_credential(tx, "user-1", reader, b"h" * 32, NOW)
        found = directory.credential_of(tx, b"h" * 32)
        assert found is not None
        assert (found.user, found.reader_no, found.party) == ("user-1", reader, "ruritania-csirt")
        assert directory.credential_of(tx, b"i" * 32) is None
        assert directory.revoke_credential(tx, "user-1", Instant(NOW + 1))
        assert not directory.revoke_credential(tx, "user-1", Instant(NOW + 2))
        assert directory.credential_of(tx, b"h" * 32) is None


def test_credentials_are_listed_by_party_and_age_with_their_end(store: Store) -> None:
    with store.write() as tx:
        first, second = add_reader(tx, "b"), add_reader(tx, "a")
        directory.add_credential(tx, "late", first, b"1" * 32, Instant(NOW + 5))
        directory.add_credential(tx, "early", first, b"2" * 32, NOW)
        directory.add_credential(tx, "other", second, b"3" * 32, NOW)
        directory.revoke_credential(tx, "early", Instant(NOW + 9))

        held = directory.credentials_held(tx)

    assert [(row.party, row.user, row.added_ms - NOW, row.revoked_ms) for row in held] == [
        ("a", "other", 0, None),
        ("b", "early", 0, NOW + 9),
        ("b", "late", 5, None),
    ]
