"""Keeps parties, their views and the credentials of their readers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from comity.stores.bulk import row_of, rows_of, rows_under
from comity.stores.release_tables import credentials, views
from comity.stores.tables import parties
from comity.values import Instant

_CREDENTIAL = (
    select(credentials.c.user, credentials.c.reader_no, parties.c.name, views.c.view_id, views.c.inbox_id)
    .join(parties, parties.c.no == credentials.c.reader_no)
    .join(views, views.c.reader_no == credentials.c.reader_no)
    .where(credentials.c.secret_sha256.in_(bindparam("keys", expanding=True)), credentials.c.revoked_ms.is_(None))
)


class PartyRow(NamedTuple):
    """A party this node knows."""

    no: int
    name: str
    title: str
    kind: str
    acts_for: str | None
    default_tlp: int | None
    is_self: bool
    added_ms: int


class CredentialRow(NamedTuple):
    """Who a secret belongs to."""

    user: str
    reader_no: int
    party: str
    view_id: str
    inbox_id: str


class HeldCredential(NamedTuple):
    """A credential that was made for a party; `revoked_ms` is None while it is in force."""

    user: str
    party: str
    view_id: str
    added_ms: int
    revoked_ms: int | None


_PARTY = select(*(parties.c[name] for name in PartyRow._fields))
_PARTIES, _SELF = _PARTY.order_by(parties.c.name), _PARTY.where(parties.c.is_self)
_NAMED = _PARTY.where(parties.c.name == bindparam("named"))


def _party(row: Sequence[Any]) -> PartyRow:
    return PartyRow._make((*row[:6], bool(row[6]), row[7]))


def party_rows(tx: Connection) -> list[PartyRow]:
    """Give every party, by name."""
    return list(_parties(tuple(rows_of(tx, _PARTIES))))


@lru_cache(maxsize=4)
def _parties(rows: tuple[Sequence[Any], ...]) -> tuple[PartyRow, ...]:
    """Read rows; remembered, because most of what people ask for names parties and these are the same each time."""
    return tuple(map(_party, rows))


def party_named(tx: Connection, name: str) -> PartyRow | None:
    """Give the party with this short name."""
    row = row_of(tx, _NAMED, named=name)
    return None if row is None else _party(row)


def own_party(tx: Connection) -> PartyRow | None:
    """Give the party whose node this is."""
    row = row_of(tx, _SELF)
    return None if row is None else _party(row)


def add_party(
    tx: Connection,
    *,
    name: str,
    title: str,
    kind: str,
    acts_for: str | None,
    default_tlp: int | None,
    is_self: bool,
    now: Instant,
) -> PartyRow:
    """Enter a party under the next number."""
    no = int(tx.execute(select(func.coalesce(func.max(parties.c.no), 0))).scalar_one()) + 1
    row = PartyRow(no, name, title, kind, acts_for, default_tlp, is_self, int(now))
    tx.execute(insert(parties).values(row._asdict()))
    return row


def add_view(tx: Connection, reader_no: int, view_id: str, inbox_id: str) -> None:
    """Give a party a view of its own, empty as yet."""
    tx.execute(insert(views).values(reader_no=reader_no, view_id=view_id, inbox_id=inbox_id, last_ms=0))


def add_credential(tx: Connection, user: str, reader_no: int, secret_sha256: bytes, now: Instant) -> None:
    """Enter a credential; only the hash of its secret is kept, the secret being 256 random bits."""
    tx.execute(
        insert(credentials).values(
            user=user, reader_no=reader_no, secret_sha256=secret_sha256, added_ms=now, revoked_ms=None
        )
    )


def credentials_held(tx: Connection) -> list[HeldCredential]:
    """Give every credential ever made, by party, oldest first."""
    c = credentials.c
    rows = tx.execute(
        select(c.user, parties.c.name, views.c.view_id, c.added_ms, c.revoked_ms)
        .join(parties, parties.c.no == c.reader_no)
        .join(views, views.c.reader_no == c.reader_no)
        .order_by(parties.c.name, c.added_ms, c.user)
    )
    return [HeldCredential(*row) for row in rows]


def revoke_credential(tx: Connection, user: str, now: Instant) -> bool:
    """End a credential; False if there is no such live one."""
    live = (credentials.c.user == user, credentials.c.revoked_ms.is_(None))
    return bool(tx.execute(update(credentials).where(*live).values(revoked_ms=now)).rowcount)


def credential_of(tx: Connection, secret_sha256: bytes) -> CredentialRow | None:
    """Give the owner of a live secret by its hash."""
    rows = rows_under(tx, _CREDENTIAL, (secret_sha256,))
    return CredentialRow._make(rows[0]) if rows else None
