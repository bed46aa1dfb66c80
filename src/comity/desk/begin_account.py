"""Decides what a one-time code opens: an account that waits for its person, or the first one of a new node.

There is no default account. A node that has none gives, whenever it is started, a code on its console for the first
administrator, good for an hour; one that waits for its person holds for a day. A code is used once.
"""

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import HANDLE_BYTES, checked_name, checked_title
from comity.desk.node_type import Node
from comity.desk.secrets import (
    check_password,
    code_bytes,
    is_totp_secret,
    new_code,
    sealed,
    stretched,
    totp_step,
)
from comity.errors import Conflict, Unauthenticated, UsageError
from comity.stores import accounts, registers
from comity.stores.accounts import AccountRow
from comity.values import Instant

FOUNDING_FOR_MS = 3_600_000
FOUNDERS_ROLES = "administrator"


class WaitingAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What a code is for; without a name it is for the first account of the node."""

    name: str = ""
    title: str = ""


class BeginRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A code, and what its person chooses. Name and title count for the first account only."""

    code: str
    name: str
    title: str
    password: str
    totp_secret: str
    totp_code: str

    def __repr__(self) -> str:
        return f"BeginRequest(name={self.name!r})"


def founding_code(node: Node) -> str | None:
    """Give a code for the first account; None if there is one. Earlier codes for it are no longer good."""
    with node.store.read() as tx:
        if accounts.account_count(tx):
            return None
    code, now = new_code(node.entropy), node.clock()
    with node.store.write() as tx:
        accounts.put_code(tx, code_bytes(code), None, Instant(now + FOUNDING_FOR_MS))
    return code


def look_at_code(node: Node, code: str) -> WaitingAccount:
    """Say what a code is for; it stays good.

    Raises:
        Unauthenticated: it is none, or no longer.
    """
    with node.store.read() as tx:
        row = waiting_row(tx, code, node.clock())
    return WaitingAccount() if row is None else WaitingAccount(name=row.name, title=row.title)


def begin_account(node: Node, request: BeginRequest, address: str) -> str:
    """Make the account its person's, by password and codes; gives its name.

    Raises:
        Unauthenticated: the code is none, or no longer.
        UsageError: name, title or password cannot be, or the six digits are not those of the source.
        Conflict: the name is taken.
    """
    with node.store.read() as tx:
        row = waiting_row(tx, request.code, node.clock())
    name = checked_name(request.name) if row is None else row.name
    title = checked_title(request.title) if row is None else row.title
    check_password(request.password, name)
    step = (
        totp_step(request.totp_secret, request.totp_code, node.clock()) if is_totp_secret(request.totp_secret) else None
    )
    if step is None:
        raise UsageError("the six digits are not what the authenticator shows now: check its time, and try the next")
    password, box = stretched(node, request.password), sealed(node, name, request.totp_secret)
    now = node.clock()
    with node.store.write() as tx:
        row = waiting_row(tx, request.code, now)  # looked up again: only one may use it
        is_first = row is None
        row = _first(node, tx, name, title, now) if row is None else row
        accounts.set_password(tx, row.no, password, box, step)
        accounts.spend_code(tx, code_bytes(request.code))
        facts = msgspec.json.encode({"account": name, "first": is_first, "address": address})
        registers.note(tx, at=now, actor=name, via="web", verb="account begin", facts=facts.decode())
    return name


def waiting_row(tx: Connection, code: str, now: Instant) -> AccountRow | None:
    """Give the account that a code is for; None if it is for the first one."""
    found = accounts.code_for(tx, code_bytes(code), now)
    if found is None:
        raise Unauthenticated("this code is not, or no longer, good: it holds once and for a time")
    if found[0] is None:
        if accounts.account_count(tx):
            raise Unauthenticated("this code is not, or no longer, good: it holds once and for a time")
        return None
    row = accounts.account_of(tx, found[0])
    if row is None or row.disabled_ms is not None:
        raise Unauthenticated("this code is not, or no longer, good: it holds once and for a time")
    return row


def _first(node: Node, tx: Connection, name: str, title: str, now: Instant) -> AccountRow:
    if accounts.account_named(tx, name) is not None:
        raise Conflict("there is an account {name} already", name=name)
    return accounts.add_account(tx, name, title, FOUNDERS_ROLES, node.entropy(HANDLE_BYTES), now)
