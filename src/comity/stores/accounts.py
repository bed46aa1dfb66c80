"""Keeps the people at a node: their accounts, passkeys, one-time codes and sessions."""

import hashlib
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, bindparam, delete, func, insert, select, update

from comity.stores.account_tables import accounts, identities, one_time_codes, passkeys, sessions
from comity.stores.bulk import row_of, rows_of
from comity.values import Instant


class AccountRow(NamedTuple):
    """A person's account. Without a password and without a passkey nobody signs in to it."""

    no: int
    name: str
    title: str
    roles: str
    handle: bytes
    password: str | None
    totp: bytes | None
    totp_used: int
    added_ms: int
    disabled_ms: int | None


class PasskeyRow(NamedTuple):
    """A passkey of an account."""

    credential: bytes
    account_no: int
    public: bytes
    uses: int
    name: str
    added_ms: int
    used_ms: int | None


class SessionRow(NamedTuple):
    """A session by the hash of its secret."""

    sha256: bytes
    account_no: int
    method: str
    began_ms: int
    seen_ms: int


def account_rows(tx: Connection) -> list[AccountRow]:
    """Give every account, by name."""
    return list(map(AccountRow._make, rows_of(tx, _ACCOUNTS)))


def account_count(tx: Connection) -> int:
    """Count the accounts."""
    return int(tx.execute(select(func.count()).select_from(accounts)).scalar_one())


def account_named(tx: Connection, name: str) -> AccountRow | None:
    """Give the account of this name."""
    if "\0" in name:
        return None
    row = tx.execute(select(accounts).where(accounts.c.name == name)).first()
    return None if row is None else AccountRow(*row)


def account_of(tx: Connection, no: int) -> AccountRow | None:
    """Give the account of this number."""
    row = row_of(tx, _BY_NUMBER, at=no)
    return None if row is None else AccountRow._make(row)


def add_account(tx: Connection, name: str, title: str, roles: str, handle: bytes, now: Instant) -> AccountRow:
    """Enter an account under the next number, with nothing to sign in by."""
    no = int(tx.execute(select(func.coalesce(func.max(accounts.c.no), 0))).scalar_one()) + 1
    row = AccountRow(no, name, title, roles, handle, None, None, 0, int(now), None)
    tx.execute(insert(accounts).values(row._asdict()))
    return row


def set_roles(tx: Connection, no: int, roles: str) -> None:
    """Change what an account may do."""
    tx.execute(update(accounts).where(accounts.c.no == no).values(roles=roles))


def set_disabled(tx: Connection, no: int, at: Instant | None) -> None:
    """Close an account, or open it again."""
    tx.execute(update(accounts).where(accounts.c.no == no).values(disabled_ms=at))


def set_password(tx: Connection, no: int, password: str, totp: bytes, totp_used: int) -> None:
    """Give an account its password and its source of codes, in the place of any before."""
    tx.execute(update(accounts).where(accounts.c.no == no).values(password=password, totp=totp, totp_used=totp_used))


def use_totp(tx: Connection, no: int, step: int) -> bool:
    """Note that the code of a time step is used; False if it, or a later one, was used before."""
    unused = (accounts.c.no == no, accounts.c.totp_used < step)
    return tx.execute(update(accounts).where(*unused).values(totp_used=step)).rowcount == 1


def passkeys_of(tx: Connection, account_no: int) -> list[PasskeyRow]:
    """Give an account's passkeys, oldest first."""
    return [PasskeyRow._make(row) for row in rows_of(tx, _PASSKEYS, at=account_no)]


def passkey(tx: Connection, credential: bytes) -> PasskeyRow | None:
    """Give the passkey whose credential has this id."""
    row = tx.execute(select(*_PASSKEY).where(passkeys.c.sha256 == digest_of(credential))).first()
    return None if row is None else PasskeyRow(*row)


def add_passkey(tx: Connection, row: PasskeyRow) -> bool:
    """Enter a passkey; False if its credential is there already."""
    if passkey(tx, row.credential) is not None:
        return False
    tx.execute(insert(passkeys).values(sha256=digest_of(row.credential), **row._asdict()))
    return True


def use_passkey(tx: Connection, credential: bytes, uses: int, now: Instant) -> None:
    """Note a use of a passkey."""
    tx.execute(update(passkeys).where(passkeys.c.sha256 == digest_of(credential)).values(uses=uses, used_ms=now))


def forget_ways_in(tx: Connection, account_no: int) -> None:
    """Take an account's password, source of codes, passkeys and identities away."""
    tx.execute(update(accounts).where(accounts.c.no == account_no).values(password=None, totp=None))
    tx.execute(delete(passkeys).where(passkeys.c.account_no == account_no))
    tx.execute(delete(identities).where(identities.c.account_no == account_no))


def put_code(tx: Connection, code: bytes, account_no: int | None, until: Instant) -> None:
    """Keep a one-time code by its hash, in the place of any other for the same account."""
    tx.execute(delete(one_time_codes).where(one_time_codes.c.account_no.is_not_distinct_from(account_no)))
    tx.execute(insert(one_time_codes).values(sha256=digest_of(code), account_no=account_no, until_ms=until))


def code_for(tx: Connection, code: bytes, now: Instant) -> tuple[int | None] | None:
    """Give the account a code is for, in a tuple of one; None if there is no such code, or no longer."""
    found = select(one_time_codes.c.account_no).where(
        one_time_codes.c.sha256 == digest_of(code), one_time_codes.c.until_ms > now
    )
    row = tx.execute(found).first()
    return None if row is None else (row[0],)


def waiting_codes(tx: Connection, now: Instant) -> set[int]:
    """Give the accounts that a code waits for."""
    return {int(row[0]) for row in rows_of(tx, _CODES, now=now)}


def spend_code(tx: Connection, code: bytes) -> None:
    """Take a code away."""
    tx.execute(delete(one_time_codes).where(one_time_codes.c.sha256 == digest_of(code)))


def add_session(tx: Connection, row: SessionRow, stale: Instant) -> None:
    """Enter a session, and drop those that nobody has used since an instant."""
    tx.execute(delete(sessions).where(sessions.c.seen_ms < stale))
    tx.execute(insert(sessions).values(row._asdict()))


def session(tx: Connection, sha256: bytes) -> SessionRow | None:
    """Give a session by the hash of its secret."""
    row = row_of(tx, _SESSION, key=sha256)
    return None if row is None else SessionRow._make((bytes(row[0]), *row[1:]))


def see_session(tx: Connection, sha256: bytes, now: Instant) -> None:
    """Note that a session is in use."""
    tx.execute(update(sessions).where(sessions.c.sha256 == sha256).values(seen_ms=now))


def end_session(tx: Connection, sha256: bytes) -> None:
    """End a session."""
    tx.execute(delete(sessions).where(sessions.c.sha256 == sha256))


def end_sessions(tx: Connection, account_no: int) -> int:
    """End all sessions of an account; gives how many."""
    return tx.execute(delete(sessions).where(sessions.c.account_no == account_no)).rowcount


def end_sessions_by(tx: Connection, account_no: int, methods: tuple[str, ...]) -> int:
    """End the sessions of an account that were opened by these methods; gives how many."""
    here = (sessions.c.account_no == account_no, sessions.c.method.in_(methods))
    return tx.execute(delete(sessions).where(*here)).rowcount


def digest_of(secret: bytes) -> bytes:
    """Give the hash by which a random secret is found again."""
    return hashlib.sha256(secret).digest()


_ACCOUNTS = select(*(accounts.c[name] for name in AccountRow._fields)).order_by(accounts.c.name)
_CODES = select(one_time_codes.c.account_no).where(
    one_time_codes.c.account_no.is_not(None), one_time_codes.c.until_ms > bindparam("now", type_=BigInteger)
)
_BY_NUMBER = select(*(accounts.c[name] for name in AccountRow._fields)).where(
    accounts.c.no == bindparam("at", type_=Integer)
)
_SESSION = select(*(sessions.c[name] for name in SessionRow._fields)).where(
    sessions.c.sha256 == bindparam("key", type_=LargeBinary)
)
_PASSKEY = tuple(passkeys.c[name] for name in PasskeyRow._fields)
_PASSKEYS = (
    select(*_PASSKEY).where(passkeys.c.account_no == bindparam("at", type_=Integer)).order_by(passkeys.c.added_ms)
)
