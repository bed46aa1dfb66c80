"""Lists the accounts of the people at a node; never a secret."""

import msgspec

from comity.desk.accounts import AccountView, account_view
from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.stores import accounts


class ListAccountsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts by name."""

    accounts: tuple[AccountView, ...]


def list_accounts(node: Node, actor: Actor, request: ListAccountsRequest) -> AccountList:
    """Give every account."""
    now = node.clock()
    with node.store.read() as tx:
        waiting = frozenset(accounts.waiting_codes(tx, now))
        return AccountList(accounts=tuple(account_view(tx, row, now, waiting) for row in accounts.account_rows(tx)))
