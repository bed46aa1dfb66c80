"""Adds an account for a person at the node, with roles, and gives the one-time code that makes it theirs."""

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import HANDLE_BYTES, AccountInvited, checked_name, checked_roles, checked_title, invited
from comity.desk.actor import Actor, PersonRole
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.open_view import open_view
from comity.desk.rights import must_not_give_more
from comity.desk.sequence import settle
from comity.desk.two_persons import has_approver
from comity.errors import Conflict, NotFound, UsageError
from comity.stores import accounts, directory, guests, trusting
from comity.stores.accounts import AccountRow
from comity.values import Instant, JsonObject


class AddAccountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An account's name, the person's, and the roles it has. `party`: of a guest, and of nobody else, whose."""

    name: str
    title: str
    roles: tuple[PersonRole, ...]
    party: str | None = None


def add_account(node: Node, actor: Actor, request: AddAccountRequest) -> AccountInvited:
    """Enter an account that nobody can sign in to until its code is used.

    Raises:
        UsageError: a name or roles that cannot be. Conflict: the name is taken, or the roles exclude each other, or a
            further approver would be made on a page; or the guest's party has a node. NotPermitted: it would have more
            rights than the actor. NotFound: no such party.
    """
    name, title = checked_name(request.name), checked_title(request.title)
    roles = checked_roles(request.roles)
    is_guest = "guest" in request.roles
    if is_guest != (request.party is not None):
        raise UsageError("a guest is of one party, and nobody else is: say --role guest and --party together")

    def work(tx: Connection, now: Instant) -> tuple[AccountInvited, JsonObject]:
        must_not_give_more(tx, actor, request.roles)
        if actor.is_person and "approver" in request.roles and has_approver(tx):
            raise Conflict("add it with another role, then give the role of approver: that needs a second person")
        if accounts.account_named(tx, name) is not None:
            raise Conflict("there is an account {name} already", name=name)
        row = accounts.add_account(tx, name, title, roles, node.entropy(HANDLE_BYTES), now)
        facts: JsonObject = {"account": name, "roles": roles}
        if request.party is not None:
            _bind(node, tx, row, request.party, now)
            facts["party"] = request.party
        return invited(node, tx, row, now), facts

    answer = carry_out(node, actor, "account add", request, AccountInvited, work)
    if is_guest:
        settle(node)  # the party's view may have been opened by this
    return answer


def _bind(node: Node, tx: Connection, row: AccountRow, name: str, now: Instant) -> None:
    """Bind an account to a party for life, and open the party's view if nobody reads it yet."""
    party = directory.party_named(tx, name)
    if party is None:
        raise NotFound("no party {party}: add it first", party=name[:64])
    if party.is_self:
        raise UsageError("a person of the node's own party is no guest: give another role")
    peer = trusting.peer_of(tx, party.no)
    if peer is not None and peer.state == trusting.ACCEPTED:
        raise Conflict("{party} has a node of its own: its people see there what it is given", party=party.name)
    open_view(node, tx, party.no, now)
    guests.add_guest(tx, row.no, party.no)
