"""Shows the accounts of people at a node, and says what holds for each: a name, roles that go together, a way in.

Not a verb: those on accounts share it.
"""

import re
from collections.abc import Iterable
from typing import get_args

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import PersonRole
from comity.desk.node_type import Node
from comity.desk.roles import hindrance
from comity.desk.secrets import code_bytes, new_code
from comity.errors import Conflict, NotFound, UsageError
from comity.stores import accounts, api_tokens, guests, identities, noticing
from comity.stores.accounts import AccountRow
from comity.values import Instant, iso

ROLES: tuple[PersonRole, ...] = get_args(PersonRole)
INVITED_FOR_MS = 24 * 3_600_000
HANDLE_BYTES = 32
_ID_BYTES = 16  # of a message to a channel
LONGEST_TITLE = 120
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_LONGEST_NAME = 64


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """A person's account. `state`: active, invited (a code waits for it), without a way in, or disabled.

    `party`: of a guest, whose; for all others, who are the own party's, none.
    """

    name: str
    title: str
    roles: tuple[PersonRole, ...]
    state: str
    password: bool
    passkeys: int
    identities: int
    added_at: str
    party: str | None = None


class AccountInvited(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code, shown this once, by which a person makes the account their own."""

    account: AccountView
    code: str
    url: str
    until: str


def account_view(tx: Connection, row: AccountRow, now: Instant, waiting: frozenset[int] | None = None) -> AccountView:
    """Show an account. `waiting`: those that a code waits for, where several are shown."""
    is_invited = row.no in (accounts.waiting_codes(tx, now) if waiting is None else waiting)
    passkeys, elsewhere = len(accounts.passkeys_of(tx, row.no)), len(identities.identities_of(tx, row.no))
    guest = guests.guest_of(tx, row.no)
    return AccountView(
        name=row.name,
        title=row.title,
        roles=roles_of(row),
        state=_state(row, passkeys + elsewhere, is_invited),
        password=row.password is not None,
        passkeys=passkeys,
        identities=elsewhere,
        added_at=iso(Instant(row.added_ms)),
        party=None if guest is None else guest.party,
    )


def has_way_in(tx: Connection, row: AccountRow) -> bool:
    """Tell whether somebody could sign in to an account, closed or not."""
    return row.password is not None or bool(accounts.passkeys_of(tx, row.no) or identities.identities_of(tx, row.no))


def roles_of(row: AccountRow) -> tuple[PersonRole, ...]:
    """Give the roles of an account, in the order of the house."""
    held = set(row.roles.split())
    return tuple(role for role in ROLES if role in held)


def must_be_there(tx: Connection, name: str) -> AccountRow:
    """Give the account of this name.

    Raises:
        NotFound: there is none.
    """
    row = accounts.account_named(tx, name)
    if row is None:
        raise NotFound("no account {name}", name=name[:_LONGEST_NAME])
    return row


def checked_name(name: str) -> str:
    """Give a name that an account may have.

    Raises:
        UsageError: it may not.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError("an account's name is of small letters and digits, with dots or hyphens between: mara.ellend")
    return name


def checked_title(title: str) -> str:
    """Give a person's name as it is shown.

    Raises:
        UsageError: it is empty, too long, or has characters that cannot be seen.
    """
    plain = " ".join(title.split())
    if not plain or len(plain) > LONGEST_TITLE or not plain.isprintable():
        raise UsageError("a person's name has 1 to {longest} printable characters", longest=LONGEST_TITLE)
    return plain


def checked_roles(roles: Iterable[PersonRole]) -> str:
    """Give roles as they are kept.

    Raises:
        UsageError: none. Conflict: some may not be one person's together.
    """
    held = set(roles)
    if not held:
        raise UsageError("an account has at least one role")
    apart = hindrance(held)
    if apart:
        raise Conflict("one person may not be these together: {roles}", roles=", ".join(apart))
    return " ".join(role for role in ROLES if role in held)


def must_leave_an_administrator(tx: Connection, losing: AccountRow) -> None:
    """Refuse to take the last administrator away.

    Raises:
        Conflict: nobody would be left who may mend it in the browser.
    """
    if "administrator" not in roles_of(losing) or losing.disabled_ms is not None:
        return
    others = [row for row in accounts.account_rows(tx) if row.no != losing.no and row.disabled_ms is None]
    if not any("administrator" in roles_of(row) for row in others):
        raise Conflict("this is the last administrator: give another account the role first")


def invited_anew(node: Node, tx: Connection, row: AccountRow, now: Instant) -> AccountInvited:
    """Make a one-time code for an account that may have been another's for a while: nothing of before opens it.

    Channels for notices go too: whoever had the account may have added one.
    """
    accounts.forget_ways_in(tx, row.no)
    api_tokens.drop_tokens(tx, row.no)
    for channel in noticing.channels(tx, row.no):
        noticing.leave_channel(tx, channel.no, node.entropy(_ID_BYTES).hex(), now)
    return invited(node, tx, row, now)


def invited(node: Node, tx: Connection, row: AccountRow, now: Instant) -> AccountInvited:
    """Make a one-time code for an account, in the place of any before."""
    code, until = new_code(node.entropy), Instant(now + INVITED_FOR_MS)
    accounts.put_code(tx, code_bytes(code), row.no, until)
    return AccountInvited(
        account=account_view(tx, must_be_there(tx, row.name), now),
        code=code,
        url=f"{desk_url(node)}/begin",
        until=iso(until),
    )


def desk_url(node: Node) -> str:
    """Give the address of the desk in a browser, without a slash at its end. On this machine it is `localhost`."""
    settings = node.settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme = "https" if settings.tls_certificate else "http"
    # A passkey belongs to a name, never to a number; the node's own machine has one.
    host = "localhost" if settings.host in ("127.0.0.1", "::1") else settings.host
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _state(row: AccountRow, others: int, waits: bool) -> str:
    if row.disabled_ms is not None:
        return "disabled"
    if row.password is not None or others:
        return "active"
    return "invited" if waits else "no way in"
