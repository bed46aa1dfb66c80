"""Decides which verbs a role opens: for people who sign in by a table, at all other doors to whoever runs the node.

A person may have several roles and acts in the first of them that opens the verb, so the audit says in which. Roles are
kept apart where one would watch over another: an approver runs nothing, an auditor does nothing else. A guest belongs
to another party and gets what stands at its role alone.
"""

from collections.abc import Iterable, Mapping

from comity.desk.actor import Actor, PersonRole

ADMINISTRATING = frozenset(("administrator", "operator"))

_CONTENT: frozenset[PersonRole] = frozenset(
    ("duty-officer", "analyst", "diplomat", "legal-adviser", "releaser", "approver")
)
_DIRECTORY: frozenset[PersonRole] = _CONTENT | {"directory-officer", "auditor"}
_ALL: frozenset[PersonRole] = _DIRECTORY | {"operator", "administrator"}
_INTAKE: frozenset[PersonRole] = frozenset(("duty-officer", "analyst"))
_ACCOUNTS: frozenset[PersonRole] = frozenset(("administrator",))
_GUESTS: frozenset[PersonRole] = frozenset(("guest",))  # of parties without a node: in no set above, and in no other

OPENED: Mapping[str, frozenset[PersonRole]] = {
    "account add": _ACCOUNTS,
    "account list": _ACCOUNTS | {"auditor"},
    "account change": _ACCOUNTS,
    "account recover": _ACCOUNTS,
    "account recoveries": _ACCOUNTS | {"auditor"},
    "audit export": frozenset(("auditor", "administrator")),
    "audit list": frozenset(("auditor", "administrator")),
    "peer clear": frozenset(("duty-officer", "directory-officer")),
    "act list": _ALL,
    "act show": _ALL,
    "act refuse": frozenset(("approver",)),
    "act review": frozenset(("approver",)),
    "act withdraw": _ALL,
    "act break-glass": _ALL - {"auditor"},
    "agreement flow": _DIRECTORY,
    "agreement list": _DIRECTORY,
    "agreement owed": _CONTENT,
    "agreement show": _DIRECTORY,
    "channel add": _ALL,
    "channel change": _ALL,
    "channel confirm": _ALL,
    "channel list": _ALL,
    "channel remove": _ALL,
    "channel test": _ALL,
    "desk show": _ALL,
    "doctor": frozenset(("operator", "administrator")),
    "guest answer": _GUESTS,
    "guest export": _GUESTS,
    "guest item": _GUESTS,
    "guest list": _GUESTS,
    "guest show": _GUESTS,
    "guest submissions": _GUESTS,
    "guest submit": _GUESTS,
    "guest withdraw": _GUESTS,
    "intake begin": _INTAKE,
    "intake list": _INTAKE,
    "intake show": _INTAKE,
    "item columns": _INTAKE,
    "item erase": frozenset(("duty-officer",)),
    "item mark": frozenset(("duty-officer", "legal-adviser")),
    "item preview": _INTAKE,
    "item readers": _CONTENT,
    "item relations": _CONTENT,
    "item search": _CONTENT,
    "item show": _CONTENT,
    "item take-in": _INTAKE,
    "key pin": _ACCOUNTS,
    "key revoke": _ACCOUNTS,
    "key rotate": _ACCOUNTS,
    "key show": _ALL,
    "log show": _ALL,
    "mail list": _INTAKE,
    "mail read": _INTAKE,
    "node status": _ALL,
    "notice list": _ALL,
    "party list": _ALL,
    "peer list": _ALL,
    "provider add": _ACCOUNTS,
    "provider change": _ACCOUNTS,
    "provider list": _ACCOUNTS | {"auditor"},
    "provider remove": _ACCOUNTS,
    "quarantine list": _CONTENT,
    "release ask": frozenset(("duty-officer", "releaser")),
    "release cell": _CONTENT,
    "release decline": frozenset(("releaser",)),
    "release explain": _CONTENT,
    "release grant": frozenset(("releaser",)),
    "release matrix": _CONTENT,
    "release preview": _CONTENT,
    "release rendition": _CONTENT,
    "release requests": _CONTENT,
    "release what-if": _CONTENT,
    "settings show": frozenset(("operator", "administrator", "auditor")),
    "token add": _ALL | _GUESTS,
    "token list": _ALL | _GUESTS,
    "token revoke": _ALL | _GUESTS,
}
ALONE: frozenset[PersonRole] = frozenset(("auditor", "guest"))
NEVER_TOGETHER: tuple[frozenset[PersonRole], ...] = (
    frozenset(("approver", "operator")),
    frozenset(("approver", "administrator")),
)


def may(actor: Actor, verb: str, elsewhere: frozenset[str] = ADMINISTRATING) -> bool:
    """Tell whether the actor may ask for a verb.

    Args:
        elsewhere: the roles that may at other doors than those of people with accounts.
    """
    if actor.is_person:
        return actor.role in OPENED.get(verb, frozenset())
    return actor.role in elsewhere


def role_for(roles: Iterable[PersonRole], verb: str) -> PersonRole | None:
    """Give the first of a person's roles that opens a verb; None if none does."""
    opened = OPENED.get(verb, frozenset())
    return next((role for role in roles if role in opened), None)


def hindrance(roles: Iterable[PersonRole]) -> tuple[PersonRole, ...]:
    """Give roles that may not be one person's together; empty if these may."""
    held = frozenset(roles)
    if held & ALONE and len(held) > 1:
        return tuple(sorted(held))
    for pair in NEVER_TOGETHER:
        if pair <= held:
            return tuple(sorted(pair))
    return ()
