"""Changes an account: its roles, whether it is open, or its way in, which then is made anew by a one-time code.

Each change ends the account's sessions at once. Nobody changes their own account, and the last administrator stays.
"""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import (
    AccountInvited,
    AccountView,
    account_view,
    checked_roles,
    has_way_in,
    invited_anew,
    must_be_there,
    must_leave_an_administrator,
)
from comity.desk.actor import Actor, PersonRole
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.rights import must_not_be_above, must_not_give_more
from comity.errors import Conflict, NotPermitted
from comity.stores import accounts, guests
from comity.stores.accounts import AccountRow
from comity.values import Instant, JsonObject


class ChangeAccountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of an account: `roles` are those it has from now on.

    `disable` closes it and `enable` opens it again; `sign-out` ends its sessions and no more. `invite` takes its
    password, codes, passkeys and tokens away and gives a one-time code to make new ones by; on a page only while it
    has no way in.
    """

    name: str
    change: Literal["roles", "disable", "enable", "invite", "sign-out"]
    roles: tuple[PersonRole, ...] = ()


class AccountChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The account as it is now; `invitation` if its way in is made anew."""

    account: AccountView
    sessions_ended: int
    invitation: AccountInvited | None = None


def change_account(node: Node, actor: Actor, request: ChangeAccountRequest) -> AccountChanged:
    """Change an account.

    Raises:
        NotFound: no such account. NotPermitted: it is the actor's own, or has or would have more rights than theirs.
        UsageError: no roles are given. Conflict: the roles exclude each other, or no administrator would be left.
    """
    if actor.is_person and actor.name == request.name:
        raise NotPermitted("nobody changes their own account: ask another administrator")

    def work(tx: Connection, now: Instant) -> tuple[AccountChanged, JsonObject]:
        row = must_be_there(tx, request.name)
        must_not_be_above(tx, actor, row)
        if actor.is_person and request.change == "invite" and has_way_in(tx, row):
            raise Conflict("{name} has a way in: two administrators recover an account", name=row.name)
        if request.change == "roles":
            must_not_give_more(tx, actor, request.roles)
        invitation = _change(node, tx, row, request, now)
        ended = accounts.end_sessions(tx, row.no)
        view = account_view(tx, must_be_there(tx, request.name), now)
        facts: JsonObject = {"account": row.name, "change": request.change, "roles": " ".join(view.roles)}
        return AccountChanged(account=view, sessions_ended=ended, invitation=invitation), facts

    return carry_out(node, actor, "account change", request, AccountChanged, work)


def _change(
    node: Node, tx: Connection, row: AccountRow, request: ChangeAccountRequest, now: Instant
) -> AccountInvited | None:
    match request.change:
        case "roles":
            roles = checked_roles(request.roles)
            if ("guest" in request.roles) != (guests.guest_of(tx, row.no) is not None):
                raise Conflict("a guest stays one, and nobody becomes one: add another account for the person")
            if "administrator" not in request.roles:
                must_leave_an_administrator(tx, row)
            accounts.set_roles(tx, row.no, roles)
        case "disable":
            must_leave_an_administrator(tx, row)
            accounts.set_disabled(tx, row.no, now)
        case "enable":
            accounts.set_disabled(tx, row.no, None)
        case "invite":
            if row.disabled_ms is not None:
                raise Conflict("account {name} is disabled: enable it first", name=row.name)
            return invited_anew(node, tx, row, now)
    return None
