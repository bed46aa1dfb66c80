"""Decides which of its keys the node signs with, and states them: in a key set signed by the root key.

Not a verb: founding, opening, rotating and every act share it. A private key counts from the moment at which a kept key
set states it, so a rotation that was cut short between file and key set changes nothing and is done again.
"""

from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import head, keep_act, payload_of
from comity.desk.node_type import Node
from comity.desk.party_keys import HeldKeySet, known_keys, newest_set, take_set
from comity.desk.send_acts import send_act
from comity.errors import Conflict, NodeError, UsageError
from comity.records import dsse
from comity.records.dsse import Signer
from comity.records.kinds import KeySet, StatedKey
from comity.records.kinds.key_set import MOST_KEYS
from comity.stores import directory, trusting
from comity.stores.directory import PartyRow
from comity.values import Instant, instant, iso
from comity.wire.keys import KeyUse, add_key, held_keys, load_root

KEYS: Final = "keys"
# A new key is stated as valid from a little before it was made: receivers whose clock is behind must not refuse it.
SLACK_MS: Final = 60 * 60 * 1000


def root_signer(node: Node, file: str | None) -> Signer:
    """Give the root key: out of this file, or where it lies in the node's folder.

    Raises:
        NodeError: it is kept elsewhere and no file was named. UsageError: the file that was named is not it.
    """
    if file is not None:
        try:
            return load_root(Path(file), node.keys.root_public)
        except (NodeError, ValueError) as exc:  # whoever named it is to act, not who runs the node
            raise UsageError("the file that was named holds no root key of this party: {why}", why=exc) from exc
    if node.keys.root is None:
        raise NodeError("the root key is kept elsewhere: fetch it and name its file with --root")
    return node.keys.root


def own_party(tx: Connection) -> PartyRow:
    """Give the party whose node this is.

    Raises:
        NodeError: the database has none.
    """
    own = directory.own_party(tx)
    if own is None:
        raise NodeError("the database knows no party of its own: restore the node from its last backup")
    return own


def state_keys(node: Node, tx: Connection, keys: tuple[StatedKey, ...], root: Signer, now: Instant) -> KeySet:
    """Sign and keep a new key set of the own party, and put it in line for every peer before what its keys sign.

    Its serial is the time in seconds, or the next number: so one that is made after a restore is not an earlier one's.
    """
    own = own_party(tx)
    before = newest_set(tx, own.no)
    serial = max(int(now) // 1000, 1, 0 if before is None else before.key_set.serial + 1)
    act = KeySet(**head(node, now)._asdict(), serial=serial, root_key=root.public.hex(), keys=keys)
    payload = payload_of(node, act)
    envelope = dsse.sign(payload, root)
    send_act(tx, keep_act(node, tx, act, now, envelope=envelope), trusting.accepted_parties(tx), now)
    take_set(tx, own, root.public, HeldKeySet(act, payload, envelope), now)
    return act


def state_first_keys(node: Node, tx: Connection, root: Signer, since: Instant, now: Instant) -> KeySet:
    """State every key that lies in the node's folder, as valid since a time."""
    keys = tuple(
        StatedKey(use=held.use, public=held.public.hex(), valid_from=iso(since))
        for held in held_keys(node.folder / KEYS)
    )
    return state_keys(node, tx, keys, root, now)


def upgrade_keys(node: Node) -> bool:
    """State the keys of a node from before there were key sets; False if there is nothing to do, or no root key here.

    They count since the party was entered, for so long has the node signed with them.
    """
    root = node.keys.root
    with node.store.read() as tx:
        own = directory.own_party(tx)
        if own is None or root is None or newest_set(tx, own.no) is not None:
            return False
    now = node.clock()
    with node.store.write() as tx:
        if newest_set(tx, own.no) is not None:
            return False
        state_first_keys(node, tx, root, Instant(min(own.added_ms, int(now))), now)
    return True


def rotated(node: Node, tx: Connection, use: KeyUse, ends: Instant, now: Instant) -> tuple[StatedKey, ...]:
    """Give the stated keys with a new one for a use; the others of that use end at a time, if not sooner.

    A key that lies in the folder and was never stated is taken, for a rotation that was cut short has left it.
    """
    before = newest_set(tx, own_party(tx).no)
    stated = () if before is None else before.key_set.keys
    known = {key.public for key in known_keys(tx, own_party(tx).no)}
    left = [held for held in held_keys(node.folder / KEYS) if held.use == use and held.public not in known]
    entropy = node.entropy if node.making is None else node.making.fresh
    fitting(stated, now)  # a key that could not be stated is not made
    fresh = left[-1] if left else add_key(node.folder / KEYS, use, entropy)
    new = StatedKey(use=use, public=fresh.public.hex(), valid_from=iso(Instant(max(int(now) - SLACK_MS, 0))))
    old = tuple(ending(key, ends) if key.use == use else key for key in stated)
    return (*fitting(old, now), new)


def ending(key: StatedKey, ends: Instant) -> StatedKey:
    """Let a stated key end at a time, if not sooner; one that has not begun by then stays."""
    if key.valid_until is not None and instant(key.valid_until) <= ends:
        return key
    if instant(key.valid_from) >= ends:
        return key
    return msgspec.structs.replace(key, valid_until=iso(ends))


def fitting(keys: tuple[StatedKey, ...], now: Instant) -> tuple[StatedKey, ...]:
    """Leave out the keys that ended first, if one more has no room; peers still have the sets that name them.

    Raises:
        Conflict: too many count still.
    """
    over = len(keys) + 1 - MOST_KEYS
    if over <= 0:
        return keys
    ended = sorted(
        (key for key in keys if key.valid_until is not None and instant(key.valid_until) <= now),
        key=lambda key: instant(key.valid_until or key.valid_from),
    )
    if len(ended) < over:
        raise Conflict("{count} keys are stated and count: wait until one ends, or revoke one", count=len(keys))
    return tuple(key for key in keys if key not in ended[:over])
