"""Decides which acts need a second person, and who may be that: a closed table, for every door.

The table binds once a node has two officers: people with a way in who are neither auditor nor operator nor guest. Until
then nobody could approve. At other doors than the web's whoever runs the node asks; also they cannot approve for
themselves.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import has_way_in, roles_of
from comity.desk.actor import PersonRole
from comity.desk.change_account import ChangeAccountRequest
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.item_views import facts_of, items_named
from comity.desk.mark_item import MarkItemRequest
from comity.desk.node_type import Node
from comity.errors import NotFound
from comity.stores import accounts
from comity.stores.accounts import AccountRow
from comity.values import Tlp

APPROVED_WITHIN_MS = 24 * 3_600_000
REVIEWED_WITHIN_MS = 72 * 3_600_000
OFFICERS_NEEDED = 2
_NO_OFFICERS: frozenset[PersonRole] = frozenset(("auditor", "operator", "guest"))
_APPROVER: frozenset[PersonRole] = frozenset(("approver",))

Asks = Callable[[Node, Connection, msgspec.Struct], bool]
About = Callable[[msgspec.Struct], tuple[str, ...]]


class Rule(NamedTuple):
    """What one act needs. `act` is its name in the table; `signs`: whether it is an act that is signed.

    `stands`: what is signed states times that follow from the moment of asking, so its making stands at that.
    `about`: under which words what became of it is found again; never kept in clear.
    """

    act: str
    approvers: frozenset[PersonRole]
    signs: bool
    stands: bool = False
    asks: Asks | None = None  # whether this request is one; none: every one is
    about: About | None = None


def _lowers(node: Node, tx: Connection, request: msgspec.Struct) -> bool:
    """Say whether a marking is lowered: nobody needs a second person to be more careful."""
    return isinstance(request, MarkItemRequest) and request.personal != "yes"


def _goes_beyond(node: Node, tx: Connection, request: msgspec.Struct) -> bool:
    """Say whether a grant is for an item above the level up to which one person may grant."""
    if not isinstance(request, GrantReleaseRequest):
        return True
    level = Tlp.of(node.settings.grant_alone_up_to)
    try:
        held = [row for stix_id in request.ids for row in items_named(tx, stix_id)]
    except NotFound:
        return False  # the act itself says so
    return any(facts_of(tx, row).tlp > level for row in held)


def about_release(request: msgspec.Struct) -> tuple[str, ...]:
    """Give the words under which a grant is found: each item by its id, and each party."""
    return (*request.ids, *request.to) if isinstance(request, GrantReleaseRequest) else ()


def _makes_approver(node: Node, tx: Connection, request: msgspec.Struct) -> bool:
    """Say whether somebody becomes an approver by this, once there is one: else one person could be two."""
    if not isinstance(request, ChangeAccountRequest) or request.change != "roles" or "approver" not in request.roles:
        return False
    row = accounts.account_named(tx, request.name)
    return row is not None and "approver" not in roles_of(row) and has_approver(tx)


RULES: Mapping[str, Rule] = {
    "item erase": Rule("erase", _APPROVER, signs=True),
    "item mark": Rule("lower-marking", _APPROVER, signs=False, asks=_lowers),
    "release grant": Rule("release-beyond", _APPROVER, signs=True, asks=_goes_beyond, about=about_release),
    "outlet add": Rule("publish", _APPROVER, signs=False),
    "party add": Rule("add-party", _APPROVER, signs=True),
    "anchor accept": Rule("add-key", _APPROVER, signs=True),
    "account change": Rule("make-approver", _APPROVER, signs=False, asks=_makes_approver),
    "key rotate": Rule("change-own-keys", _APPROVER, signs=True, stands=True),
    "key pin": Rule("change-own-keys", _APPROVER, signs=True, stands=True),
    "key revoke": Rule("change-own-keys", _APPROVER, signs=True, stands=True),
}


def rule_for(node: Node, tx: Connection, verb: str, request: msgspec.Struct) -> Rule | None:
    """Give the rule that binds a request here and now; None if one person may."""
    rule = RULES.get(verb)
    if rule is None or officer_count(tx) < OFFICERS_NEEDED:
        return None
    return rule if rule.asks is None or rule.asks(node, tx, request) else None


def officer_count(tx: Connection) -> int:
    """Count the people at this node who could ask or approve."""
    return sum(1 for row in accounts.account_rows(tx) if _is_officer(tx, row))


def has_approver(tx: Connection) -> bool:
    """Tell whether anybody at this node approves."""
    rows = accounts.account_rows(tx)
    return any("approver" in roles_of(row) and row.disabled_ms is None and has_way_in(tx, row) for row in rows)


def may_approve(row: AccountRow | None, verb: str) -> PersonRole | None:
    """Give the role in which somebody may approve such an act; None if they may not."""
    if row is None or row.disabled_ms is not None:
        return None
    return approving_role(roles_of(row), verb)


def approving_role(roles: tuple[PersonRole, ...], verb: str) -> PersonRole | None:
    """Give the first of a person's roles that approves such an act; None if none does."""
    rule = RULES.get(verb)
    return None if rule is None else next((role for role in roles if role in rule.approvers), None)


def _is_officer(tx: Connection, row: AccountRow) -> bool:
    if row.disabled_ms is not None or not set(roles_of(row)) - _NO_OFFICERS:
        return False
    return has_way_in(tx, row)
