"""Decides whether somebody may act on an account: never on one with more rights than their own.

Rights are the verbs that an account's roles open. More means: all that the other opens, and something beside. Who types
a command owns the node, and stands above every account.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from comity.desk.accounts import roles_of
from comity.desk.actor import Actor, PersonRole
from comity.desk.roles import OPENED
from comity.errors import NotPermitted
from comity.stores import accounts
from comity.stores.accounts import AccountRow


def must_not_be_above(tx: Connection, actor: Actor, target: AccountRow) -> None:
    """Refuse to act on an account with more rights.

    Raises:
        NotPermitted: it has.
    """
    if not actor.is_person:
        return
    own = accounts.account_named(tx, actor.name)
    mine = opened_by(() if own is None else roles_of(own))
    if mine < opened_by(roles_of(target)):
        raise NotPermitted("{name} has more rights than you: ask somebody who has as many", name=target.name)


def must_not_give_more(tx: Connection, actor: Actor, roles: Iterable[PersonRole]) -> None:
    """Refuse to make an account that has more rights than one's own.

    Raises:
        NotPermitted: it would have.
    """
    if not actor.is_person:
        return
    own = accounts.account_named(tx, actor.name)
    if opened_by(() if own is None else roles_of(own)) < opened_by(roles):
        raise NotPermitted("nobody gives more rights than they have")


def opened_by(roles: Iterable[PersonRole]) -> frozenset[str]:
    """Give the verbs that roles open together."""
    held = frozenset(roles)
    return frozenset(verb for verb, opened in OPENED.items() if held & opened)
