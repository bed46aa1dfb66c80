"""Says who asks for a verb: a name, the role it acts in, and the door it came through."""

from typing import Literal, TypeAlias

import msgspec

Role: TypeAlias = Literal["administrator", "operator", "submitter", "reader"]
Door: TypeAlias = Literal["cli", "taxii", "node"]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. The command line acts as the administrator: whoever can open the node's folder owns the node."""

    name: str  # a local user's name, or a party's short name
    role: Role
    via: Door
