"""Says who asks for a verb: a name, the role it acts in, and the door it came through."""

from typing import Literal, TypeAlias

import msgspec

PersonRole: TypeAlias = Literal[
    "duty-officer",
    "analyst",
    "diplomat",
    "legal-adviser",
    "releaser",
    "approver",
    "directory-officer",
    "auditor",
    "operator",
    "administrator",
    "guest",
]
Role: TypeAlias = PersonRole | Literal["submitter", "reader"]
Door: TypeAlias = Literal["cli", "taxii", "node", "web", "api"]
PEOPLE: frozenset[Door] = frozenset(("web", "api"))  # doors of people with accounts: pages, and programs for them


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. The command line acts as the administrator: whoever can open the node's folder owns the node.

    A person who signed in acts in one of the roles of the account; what it opens there, `comity.desk.roles` says.
    """

    name: str  # a local user's name, a party's short name, or an account's
    role: Role
    via: Door
    device: str = ""  # hash of the browser's mark, in hexadecimal; nothing at other doors
    vouched: bool = False  # whether an identity provider's word alone says who it is

    @property
    def is_person(self) -> bool:
        """Whether a person with an account asks, on a page or by a program; what a role opens binds them."""
        return self.via in PEOPLE
