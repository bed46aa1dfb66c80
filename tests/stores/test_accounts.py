"""Tests what is kept of people on every database: names once, codes once, sessions by their hash."""

from comity.stores import accounts
from comity.stores.accounts import PasskeyRow, SessionRow
from comity.stores.opening import open_store
from comity.values import Instant

NOW = Instant(1_000_000)


def test_an_account_is_found_by_name_and_number(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        row = accounts.add_account(tx, "mara", "Mara", "analyst", b"h" * 32, NOW)
        assert (row.no, accounts.account_count(tx)) == (1, 1)
        assert accounts.account_named(tx, "mara") == accounts.account_of(tx, 1) == row
        assert accounts.account_named(tx, "Mara") is None
        assert accounts.account_named(tx, "a\0b") is None
        accounts.set_password(tx, 1, "hash", b"box", 7)
        accounts.set_roles(tx, 1, "auditor")
        accounts.set_disabled(tx, 1, NOW)
        (changed,) = accounts.account_rows(tx)
        assert (changed.password, changed.totp, changed.roles, changed.disabled_ms) == ("hash", b"box", "auditor", NOW)
    store.close()


def test_a_time_step_is_used_once_and_never_an_earlier_one(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        accounts.add_account(tx, "mara", "Mara", "analyst", b"h" * 32, NOW)
        assert [accounts.use_totp(tx, 1, step) for step in (5, 5, 4, 6)] == [True, False, False, True]
        assert not accounts.use_totp(tx, 2, 9)
    store.close()


def test_a_new_code_takes_the_place_of_the_one_before(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        for code, account in ((b"one", 1), (b"two", None), (b"three", 1), (b"four", None)):
            accounts.put_code(tx, code, account, Instant(NOW + 10))
        found = [accounts.code_for(tx, code, NOW) for code in (b"one", b"two", b"three", b"four")]
        assert found == [None, None, (1,), (None,)]
        assert accounts.waiting_codes(tx, NOW) == {1}
        assert accounts.code_for(tx, b"three", Instant(NOW + 10)) is None
        accounts.spend_code(tx, b"three")
        assert accounts.waiting_codes(tx, NOW) == set()
    store.close()


def test_passkeys_belong_to_an_account_and_go_with_its_ways_in(address: str) -> None:
    store = open_store(address)
    row = PasskeyRow(b"credential", 1, b"public", 0, "key", int(NOW), None)
    with store.write() as tx:
        assert accounts.add_passkey(tx, row)
        assert not accounts.add_passkey(tx, row._replace(account_no=2))
        accounts.use_passkey(tx, b"credential", 4, NOW)
        assert accounts.passkey(tx, b"credential") == row._replace(uses=4, used_ms=NOW)
        accounts.forget_ways_in(tx, 1)
        assert accounts.passkeys_of(tx, 1) == []
    store.close()


def test_sessions_end_one_by_one_or_all_of_an_account(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        for number in range(4):
            row = SessionRow(bytes([number]) * 32, number // 2, "password", int(NOW), int(NOW))
            accounts.add_session(tx, row, Instant(0))
        accounts.see_session(tx, bytes(32), Instant(NOW + 5))
        held = accounts.session(tx, bytes(32))
        assert held is not None and held.seen_ms == NOW + 5
        accounts.end_session(tx, bytes(32))
        assert accounts.session(tx, bytes(32)) is None
        assert accounts.end_sessions(tx, 1) == 2
        accounts.add_session(tx, row._replace(seen_ms=NOW + 99), Instant(NOW + 50))
        assert accounts.session(tx, b"\1" * 32) is None
    store.close()
