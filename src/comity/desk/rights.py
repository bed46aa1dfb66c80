"""Decides whether somebody may act on an account: never on one with more rights than their own.

What needs a person who is there is refused to programs with a token. Rights are the verbs that roles open. More means:
all that one's own open, and something beside. Who types a command owns the node, and stands above every account.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from comity.desk.accounts import roles_of
from comity.desk.actor import Actor, PersonRole
from comity.desk.roles import OPENED
from comity.errors import NotPermitted
from comity.stores import accounts
from comity.stores.accounts import AccountRow


def must_be_present(actor: Actor) -> None:
    """Refuse to a program with a token what only a person may do who signed in: a stolen token must not be one of two.

    Raises:
        NotPermitted: a program asks.
    """
    if actor.via == "api":
        raise NotPermitted("only a person who signed in does this, no program with a token")


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
