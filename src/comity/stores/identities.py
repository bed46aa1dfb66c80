"""Keeps the identity providers of a node, and which account a person signs in to by which identity there."""

from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select, update

from comity.stores.account_tables import identities, identity_providers, sessions
from comity.stores.bulk import rows_of
from comity.values import Instant


class ProviderRow(NamedTuple):
    """An identity provider. Its client secret lies in a file of the node, in no database."""

    no: int
    name: str
    title: str
    issuer: str
    client_id: str
    acr: str
    origins: str
    added_ms: int


class IdentityRow(NamedTuple):
    """A person's identity at a provider, and the account that it opens."""

    provider_no: int
    subject: str
    account_no: int
    added_ms: int
    used_ms: int | None


def provider_rows(tx: Connection) -> list[ProviderRow]:
    """Give every provider, by name."""
    return [ProviderRow(*row) for row in tx.execute(select(identity_providers).order_by(identity_providers.c.name))]


def provider_named(tx: Connection, name: str) -> ProviderRow | None:
    """Give the provider of this name."""
    if "\0" in name:
        return None
    row = tx.execute(select(identity_providers).where(identity_providers.c.name == name)).first()
    return None if row is None else ProviderRow(*row)


def add_provider(
    tx: Connection, *, name: str, title: str, issuer: str, client_id: str, acr: str, origins: str, now: Instant
) -> ProviderRow:
    """Enter a provider under a number that none has had whose identities are still here."""
    no = int(tx.execute(select(func.coalesce(func.max(identity_providers.c.no), 0))).scalar_one()) + 1
    row = ProviderRow(no, name, title, issuer, client_id, acr, origins, int(now))
    tx.execute(insert(identity_providers).values(row._asdict()))
    return row


def set_title(tx: Connection, no: int, title: str) -> None:
    """Change how a provider is called on the sign-in page."""
    tx.execute(update(identity_providers).where(identity_providers.c.no == no).values(title=title))


def drop_provider(tx: Connection, no: int) -> int:
    """Take a provider away with every identity there; gives how many."""
    tx.execute(delete(identity_providers).where(identity_providers.c.no == no))
    return tx.execute(delete(identities).where(identities.c.provider_no == no)).rowcount


def identity(tx: Connection, provider_no: int, subject: str) -> IdentityRow | None:
    """Give whom a provider calls by this subject, if that opens an account."""
    if "\0" in subject:
        return None
    here = (identities.c.provider_no == provider_no, identities.c.subject == subject)
    row = tx.execute(select(identities).where(*here)).first()
    return None if row is None else IdentityRow(*row)


def identities_of(tx: Connection, account_no: int) -> list[IdentityRow]:
    """Give an account's identities, by provider."""
    return list(map(IdentityRow._make, rows_of(tx, _IDENTITIES, at=account_no)))


_IDENTITIES = (
    select(*(identities.c[name] for name in IdentityRow._fields))
    .where(identities.c.account_no == bindparam("at", type_=Integer))
    .order_by(identities.c.provider_no)
)


def identity_counts(tx: Connection) -> dict[int, int]:
    """Count the identities at each provider."""
    found = select(identities.c.provider_no, func.count()).group_by(identities.c.provider_no)
    return {int(row[0]): int(row[1]) for row in tx.execute(found)}


def add_identity(tx: Connection, row: IdentityRow) -> bool:
    """Let an identity open an account; False if it opens one already, or the account has another of the provider."""
    if identity(tx, row.provider_no, row.subject) is not None:
        return False
    if any(one.provider_no == row.provider_no for one in identities_of(tx, row.account_no)):
        return False
    tx.execute(insert(identities).values(row._asdict()))
    return True


def use_identity(tx: Connection, row: IdentityRow, now: Instant) -> None:
    """Note a use of an identity."""
    here = (identities.c.provider_no == row.provider_no, identities.c.subject == row.subject)
    tx.execute(update(identities).where(*here).values(used_ms=now))


def drop_identity(tx: Connection, account_no: int, provider_no: int) -> bool:
    """Take an account's identity at a provider away; False if there is none."""
    here = (identities.c.account_no == account_no, identities.c.provider_no == provider_no)
    return tx.execute(delete(identities).where(*here)).rowcount == 1


def end_sessions_by(tx: Connection, provider_no: int, methods: tuple[str, ...]) -> int:
    """End the sessions that were opened by these methods, of the accounts that a provider opens; gives how many."""
    theirs = select(identities.c.account_no).where(identities.c.provider_no == provider_no)
    here = (sessions.c.account_no.in_(theirs), sessions.c.method.in_(methods))
    return tx.execute(delete(sessions).where(*here)).rowcount
