"""Adds an account for a person at the node, with roles, and gives the one-time code that makes it theirs."""

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import HANDLE_BYTES, AccountInvited, checked_name, checked_roles, checked_title, invited
from comity.desk.actor import Actor, PersonRole
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.rights import must_not_give_more
from comity.desk.two_persons import has_approver
from comity.errors import Conflict
from comity.stores import accounts
from comity.values import Instant, JsonObject


class AddAccountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An account's name, the person's, and the roles it has."""

    name: str
    title: str
    roles: tuple[PersonRole, ...]


def add_account(node: Node, actor: Actor, request: AddAccountRequest) -> AccountInvited:
    """Enter an account that nobody can sign in to until its code is used.

    Raises:
        UsageError: a name or roles that cannot be. Conflict: the name is taken, or the roles exclude each other, or a
            further approver would be made on a page. NotPermitted: it would have more rights than the actor.
    """
    name, title = checked_name(request.name), checked_title(request.title)
    roles = checked_roles(request.roles)

    def work(tx: Connection, now: Instant) -> tuple[AccountInvited, JsonObject]:
        must_not_give_more(tx, actor, request.roles)
        if actor.is_person and "approver" in request.roles and has_approver(tx):
            raise Conflict("add it with another role, then give the role of approver: that needs a second person")
        if accounts.account_named(tx, name) is not None:
            raise Conflict("there is an account {name} already", name=name)
        row = accounts.add_account(tx, name, title, roles, node.entropy(HANDLE_BYTES), now)
        return invited(node, tx, row, now), {"account": name, "roles": roles}

    return carry_out(node, actor, "account add", request, AccountInvited, work)
