"""Decides who a session belongs to and how long it holds: half an hour unused, ten hours at most.

A session is 256 random bits of which the node keeps the hash. Each sign-in makes a new one, so nobody can fix one
beforehand; a change of roles, a disabled account and a sign-out end it at once.
"""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import roles_of
from comity.desk.actor import PersonRole
from comity.desk.node_type import Node
from comity.errors import NotPermitted, Unauthenticated
from comity.stores import accounts, guests, registers
from comity.stores.accounts import AccountRow, SessionRow
from comity.values import Instant

IDLE_MS, ABSOLUTE_MS = 30 * 60_000, 10 * 3_600_000
_NOTED_EVERY_MS = 60_000  # so that a page read does not mean a page written
_SECRET_BYTES = 32

FRESH_FOR_MS = 5 * 60_000

Method: TypeAlias = Literal["password", "passkey", "identity", "identity+code"]
_PROVEN: frozenset[str] = frozenset(("password", "passkey", "identity+code"))


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and by which session."""

    no: int
    name: str
    title: str
    roles: tuple[PersonRole, ...]
    method: str
    since: Instant  # when the person signed in
    until: Instant  # when the session ends, whatever is done in it
    session: bytes  # hash of its secret


def begin_session(
    node: Node,
    tx: Connection,
    row: AccountRow,
    method: Method,
    address: str,
    now: Instant,
    facts: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Begin a session in the transaction of the sign-in itself; gives its secret. `facts` go into the audit."""
    secret = base64.urlsafe_b64encode(node.entropy(_SECRET_BYTES)).decode().rstrip("=")
    stale = Instant(now - ABSOLUTE_MS)
    accounts.add_session(tx, SessionRow(accounts.digest_of(secret.encode()), row.no, method, now, now), stale)
    guests.note_visit(tx, row.no, now)
    note(tx, row.name, "account sign-in", {"method": method, "address": address, **facts}, now)
    return secret


def person_of(node: Node, secret: str, *, by_itself: str = "") -> Person:
    """Give the person whose session this is, and note that it is in use.

    Args:
        by_itself: not empty if the page asks and not the person, which keeps no session alive.

    Raises:
        Unauthenticated: it is none, or no longer.
    """
    with node.store.read() as tx:
        person, is_to_note = look_up(node, tx, secret)
    if is_to_note and not by_itself:
        note_use(node, person)
    return person


def look_up(node: Node, tx: Connection, secret: str) -> tuple[Person, bool]:
    """Give the person whose session this is, and whether its use is to be noted; writes nothing.

    Raises:
        Unauthenticated: it is none, or no longer.
    """
    now, key = node.clock(), accounts.digest_of(secret.encode("utf-8", "replace"))
    held = accounts.session(tx, key)
    row = None if held is None else accounts.account_of(tx, held.account_no)
    if held is None or row is None or row.disabled_ms is not None or not _holds(held, now):
        raise Unauthenticated("sign in: this session is not, or no longer, good")
    person = Person(
        no=row.no,
        name=row.name,
        title=row.title,
        roles=roles_of(row),
        method=held.method,
        since=Instant(held.began_ms),
        until=Instant(held.began_ms + ABSOLUTE_MS),
        session=key,
    )
    return person, now - held.seen_ms >= _NOTED_EVERY_MS and not node.store.read_only


def note_use(node: Node, person: Person) -> None:
    """Note that a session is in use."""
    now = node.clock()
    with node.store.write() as tx:
        accounts.see_session(tx, person.session, now)


def still_holds(node: Node, person: Person) -> bool:
    """Tell whether a person's session goes on, without noting a use of it."""
    now = node.clock()
    with node.store.read() as tx:
        held = accounts.session(tx, person.session)
        row = None if held is None else accounts.account_of(tx, held.account_no)
    return held is not None and row is not None and row.disabled_ms is None and _holds(held, now)


def is_fresh(person: Person, now: Instant) -> bool:
    """Tell whether a person has shown within five minutes, to this node itself, who they are.

    A provider's word opens a session and no more: who holds the provider must not become its people for good.
    """
    return person.method in _PROVEN and 0 <= now - person.since < FRESH_FOR_MS


def must_be_fresh(person: Person, now: Instant) -> None:
    """Refuse what needs a person who has just signed in by a passkey, or by password and code.

    Raises:
        NotPermitted: it was too long ago, or by a provider's word alone.
    """
    if not is_fresh(person, now):
        raise NotPermitted("sign in again first, by passkey or by password and code; that holds for five minutes")


def replace_session(node: Node, person: Person) -> None:
    """End a session in whose place another has begun in the same browser."""
    with node.store.write() as tx:
        accounts.end_session(tx, person.session)


def sign_out(node: Node, person: Person) -> None:
    """End the session."""
    now = node.clock()
    with node.store.write() as tx:
        accounts.end_session(tx, person.session)
        note(tx, person.name, "account sign-out", {}, now)


def sign_out_everywhere(node: Node, person: Person) -> int:
    """End every session of the person, this one too; gives how many."""
    now = node.clock()
    with node.store.write() as tx:
        ended = accounts.end_sessions(tx, person.no)
        note(tx, person.name, "account sign-out everywhere", {}, now)
    return ended


def note(tx: Connection, name: str, verb: str, facts: Mapping[str, object], now: Instant) -> None:
    """Write what a person did with their own account into the audit."""
    registers.note(tx, at=now, actor=name, via="web", verb=verb, facts=msgspec.json.encode(facts).decode())


def _holds(held: SessionRow, now: Instant) -> bool:
    return now - held.seen_ms < IDLE_MS and now - held.began_ms < ABSOLUTE_MS
