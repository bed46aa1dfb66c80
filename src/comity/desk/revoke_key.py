"""States that a key is suspect from a time on: nothing that others first saw then or later counts by it."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.own_keys import KEYS, own_party, root_signer, rotated, state_keys
from comity.desk.party_keys import newest_set
from comity.desk.rotate_key import OFFICERS
from comity.desk.show_keys import KeysShown, shown_keys
from comity.errors import NotFound, UsageError
from comity.records.dsse import key_id
from comity.records.kinds import StatedKey
from comity.values import Instant, JsonObject, instant, iso
from comity.wire.keys import USES, held_keys

SHORTEST_ID = 8


class RevokeKeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which key, by its id or the first digits of it, since when others may have had it, and the root key's file."""

    key: str
    suspect_from: str
    root: str | None = None
    reason: str = ""  # for the second person, where one is needed


def revoke_key(node: Node, actor: Actor, request: RevokeKeyRequest) -> KeysShown:
    """Revoke a key; if it was the last one of its use, a new one takes its place in the same statement.

    Raises:
        NotFound: no such key. UsageError: the id is too short or means several, the time is none or is to come, or it
            is the root key. NodeError: the root key is not here.
    """

    def work(tx: Connection, now: Instant) -> tuple[KeysShown, JsonObject]:
        root, own = root_signer(node, request.root), own_party(tx)
        since = _since(request.suspect_from, now)
        if node.keys.root_key_id.startswith(request.key):
            raise UsageError("the root key cannot be revoked by itself: the party needs a new first contact")
        before = newest_set(tx, own.no)
        old = _named(() if before is None else before.key_set.keys, request.key)
        keys = () if before is None else before.key_set.keys
        use = next((one for one in USES if one == old.use), None)
        if use is not None and not _others(node, keys, old, now):
            keys = rotated(node, tx, use, now, now)
        keys = tuple(_suspect(key, since) if key.public == old.public else key for key in keys)
        stated = state_keys(node, tx, keys, root, now)
        facts: JsonObject = {"key": key_id(bytes.fromhex(old.public)), "since": iso(since), "serial": stated.serial}
        return shown_keys(node, tx, own, now), facts

    return carry_out(node, actor, "key revoke", request, KeysShown, work, roles=OFFICERS)


def _named(keys: tuple[StatedKey, ...], begins: str) -> StatedKey:
    if len(begins) < SHORTEST_ID:
        raise UsageError("name a key by at least {SHORTEST_ID} digits of its id", SHORTEST_ID=SHORTEST_ID)
    found = [key for key in keys if key_id(bytes.fromhex(key.public)).startswith(begins.lower())]
    if not found:
        raise NotFound("no key {begins} is stated: see `comity key show`", begins=begins[:40])
    if len(found) > 1:
        raise UsageError("several keys begin with {begins}: give more digits", begins=begins[:40])
    return found[0]


def _since(text: str, now: Instant) -> Instant:
    try:
        since = instant(text)
    except ValueError as exc:
        raise UsageError("not a time with its zone, or a date: {text}", text=text[:40]) from exc
    if since > now:
        raise UsageError("a key is suspect from a time that has been, or from now")
    return since


def _others(node: Node, keys: tuple[StatedKey, ...], old: StatedKey, now: Instant) -> bool:
    """Say whether another key of the same use counts from now on without end, and lies here."""
    here = {held.public.hex() for held in held_keys(node.folder / KEYS)}
    return any(
        key.use == old.use
        and key.public != old.public
        and key.public in here
        and key.suspect_from is None
        and key.valid_until is None
        and instant(key.valid_from) <= now
        for key in keys
    )


def _suspect(key: StatedKey, since: Instant) -> StatedKey:
    earlier = since if key.suspect_from is None else min(since, instant(key.suspect_from))
    return msgspec.structs.replace(key, suspect_from=iso(earlier))
