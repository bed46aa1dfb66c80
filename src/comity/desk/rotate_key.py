"""Makes a new key for a use and states it; the old one counts a while longer, and no signature of it is lost."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.own_keys import own_party, root_signer, rotated, state_first_keys, state_keys
from comity.desk.party_keys import newest_set
from comity.desk.show_keys import KeysShown, shown_keys
from comity.values import Instant, JsonObject
from comity.wire.keys import KeyUse

DAY_MS = 86_400_000
OFFICERS = frozenset(("administrator",))


class RotateKeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which key, the file of the root key if that is kept elsewhere, and how long the old key still counts."""

    use: KeyUse
    root: str | None = None
    overlap_days: Annotated[int, Meta(ge=0, le=366)] = 7
    reason: str = ""  # for the second person, where one is needed


def rotate_key(node: Node, actor: Actor, request: RotateKeyRequest) -> KeysShown:
    """Rotate a key. The new one signs from now on.

    Raises:
        NodeError: the root key is not here, or the new file cannot be written.
    """

    def work(tx: Connection, now: Instant) -> tuple[KeysShown, JsonObject]:
        root, own = root_signer(node, request.root), own_party(tx)
        if newest_set(tx, own.no) is None:
            state_first_keys(node, tx, root, Instant(min(own.added_ms, int(now))), now)
        ends = Instant(int(now) + request.overlap_days * DAY_MS)
        stated = state_keys(node, tx, rotated(node, tx, request.use, ends, now), root, now)
        return shown_keys(node, tx, own, now), {"use": request.use, "serial": stated.serial}

    return carry_out(node, actor, "key rotate", request, KeysShown, work, roles=OFFICERS)
