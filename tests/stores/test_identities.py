"""Tests what is kept of identity providers and identities on every database."""

from comity.stores import accounts, identities
from comity.stores.accounts import SessionRow
from comity.stores.identities import IdentityRow
from comity.stores.opening import open_store
from comity.values import Instant

NOW = Instant(1_000_000)


def test_a_provider_is_found_by_name_and_goes_with_its_identities(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        said = {"title": "Ministry", "client_id": "node", "acr": "", "origins": "", "now": NOW}
        one = identities.add_provider(tx, name="ministry", issuer="https://a.example", **said)  # type: ignore[arg-type]
        two = identities.add_provider(tx, name="agency", issuer="https://b.example", **said)  # type: ignore[arg-type]
        assert identities.provider_rows(tx) == [two, one]
        assert identities.provider_named(tx, "ministry") == one
        assert identities.provider_named(tx, "Ministry") is identities.provider_named(tx, "a\0b") is None
        identities.set_title(tx, one.no, "Foreign Ministry")
        assert identities.provider_named(tx, "ministry") == one._replace(title="Foreign Ministry")
        for number, at in ((1, one), (2, one), (1, two)):
            assert identities.add_identity(tx, IdentityRow(at.no, f"s{number}", number, int(NOW), None))
        assert identities.identity_counts(tx) == {1: 2, 2: 1}
        assert identities.drop_provider(tx, one.no) == 2
        assert identities.identity_counts(tx) == {2: 1}
    store.close()


def test_an_identity_opens_one_account_and_an_account_has_one_at_a_provider(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        row = IdentityRow(1, "subject", 7, int(NOW), None)
        assert identities.add_identity(tx, row)
        assert not identities.add_identity(tx, row._replace(account_no=8))
        assert not identities.add_identity(tx, row._replace(subject="other"))
        assert identities.identity(tx, 1, "subject") == row
        assert identities.identity(tx, 2, "subject") is identities.identity(tx, 1, "a\0") is None
        identities.use_identity(tx, row, Instant(NOW + 5))
        assert identities.identities_of(tx, 7) == [row._replace(used_ms=NOW + 5)]
        assert identities.drop_identity(tx, 7, 1) and not identities.drop_identity(tx, 7, 1)
        assert identities.add_identity(tx, row)
        accounts.forget_ways_in(tx, 7)
        assert identities.identities_of(tx, 7) == []
    store.close()


def test_sessions_that_a_provider_opened_end_and_no_others(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        identities.add_identity(tx, IdentityRow(1, "subject", 7, int(NOW), None))
        for number, (account, method) in enumerate(((7, "identity"), (7, "passkey"), (8, "identity"))):
            accounts.add_session(tx, SessionRow(bytes([number]) * 32, account, method, int(NOW), int(NOW)), Instant(0))
        assert identities.end_sessions_by(tx, 1, ("identity", "identity+code")) == 1
        assert accounts.session(tx, bytes(32)) is None
        assert accounts.end_sessions_by(tx, 7, ("passkey",)) == 1
        assert accounts.session(tx, b"\2" * 32) is not None
    store.close()
