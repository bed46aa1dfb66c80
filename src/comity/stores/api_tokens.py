"""Keeps the tokens by which programs act for a person: the hash of each, never the token."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.account_tables import api_tokens
from comity.stores.accounts import digest_of
from comity.values import Instant


class TokenRow(NamedTuple):
    """A token by the hash of its secret."""

    no: int
    sha256: bytes
    account_no: int
    name: str
    scopes: str
    added_ms: int
    until_ms: int
    used_ms: int | None


def add_token(
    tx: Connection, secret: bytes, account_no: int, name: str, scopes: str, now: Instant, until: Instant
) -> TokenRow:
    """Enter a token under the next number; numbers are not given twice while a later one stands."""
    no = int(tx.execute(select(func.coalesce(func.max(api_tokens.c.no), 0))).scalar_one()) + 1
    row = TokenRow(no, digest_of(secret), account_no, name, scopes, int(now), int(until), None)
    tx.execute(insert(api_tokens).values(row._asdict()))
    return row


def token_by_secret(tx: Connection, secret: bytes) -> TokenRow | None:
    """Give the token whose secret this is."""
    row = tx.execute(select(api_tokens).where(api_tokens.c.sha256 == digest_of(secret))).first()
    return None if row is None else TokenRow(*row)


def tokens_of(tx: Connection, account_no: int | None = None) -> list[TokenRow]:
    """Give the tokens of an account, or of all, by number."""
    wanted = select(api_tokens).order_by(api_tokens.c.no)
    if account_no is not None:
        wanted = wanted.where(api_tokens.c.account_no == account_no)
    return [TokenRow(*row) for row in tx.execute(wanted)]


def use_token(tx: Connection, no: int, now: Instant) -> None:
    """Note that a token is in use."""
    tx.execute(update(api_tokens).where(api_tokens.c.no == no).values(used_ms=now))


def drop_token(tx: Connection, no: int) -> None:
    """Take a token away."""
    tx.execute(delete(api_tokens).where(api_tokens.c.no == no))


def drop_tokens(tx: Connection, account_no: int) -> int:
    """Take all tokens of an account away; gives how many."""
    return tx.execute(delete(api_tokens).where(api_tokens.c.account_no == account_no)).rowcount
