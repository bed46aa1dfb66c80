"""Watches the log of a peer: its newest checkpoint must lead on from the one that this node saw last.

Not a verb: reading from peers looks at the log too. A log that goes back or has two histories is an alarm with its
proof; one that cannot be looked at is told, and holds up nothing. What is asked is bounded: one checkpoint, few tiles.
"""

from functools import partial
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.log_keys import counting, log_keys_of, opened_by
from comity.desk.node_type import Node
from comity.desk.peers import base_of, outbound_to
from comity.errors import ComityError, Conflict, NotFound, RecordRejected, StoreError
from comity.records.log.checkpoint import Checkpoint, read_checkpoint
from comity.records.log.fork import SignedState, whole_path, write_fork
from comity.records.log.note import NoteKey, read_key, read_note
from comity.records.log.tree import Tree, consistency_roots
from comity.stores import alarming, witnessing
from comity.stores.directory import PartyRow
from comity.stores.witnessing import PeerLog
from comity.values import Instant, iso
from comity.wire.log_client import LogClient

ROLLBACK, FORK, RENEWED, STILL = "log-rollback", "log-fork", "log-renewed", "log-still"
SIGNED_WITHIN_MS = 10 * 60 * 1000
STILL_MS = 60 * 60 * 1000  # a checkpoint follows what is logged within a minute while a node is served


class _Seen(NamedTuple):
    """A checkpoint that the peer's key of now has signed."""

    told: Checkpoint
    key: NoteKey
    note: bytes


class _Contradicts(Exception):
    """What the peer shows cannot be true beside what it showed before."""

    def __init__(self, kind: str, facts: str, evidence: bytes) -> None:
        self.kind, self.facts, self.evidence = kind, facts, evidence
        super().__init__(kind)


class LogLook(NamedTuple):
    """What is wrong with a peer's log, if anything is, with the code of the error."""

    error: str = ""
    code: str = ""


def watch_log(node: Node, peer: PartyRow, collection_url: str) -> LogLook:
    """Look at a peer's log once.

    Raises:
        StoreError: what was seen cannot be kept.
    """
    now = node.clock()
    with node.store.read() as tx:
        held = witnessing.peer_logs_of(tx, peer.no)
    try:
        _look(node, peer, collection_url, held, now)
        seen = LogLook()
    except _Contradicts as exc:
        with node.store.write() as tx:
            alarming.raise_alarm(tx, peer.no, exc.kind, exc.facts, now, exc.evidence)
        seen = LogLook(f"{exc.kind}: {exc.facts}", Conflict.code)
    except StoreError:
        raise
    except NotFound as exc:
        seen = (
            LogLook(str(exc), exc.code) if held else LogLook()
        )  # a party may keep its log behind its proxy, or have signed nothing yet
    except ComityError as exc:
        seen = LogLook(str(exc), exc.code)
    with node.store.write() as tx:
        before = witnessing.log_check(tx, peer.no)
        witnessing.note_check(tx, peer.no, seen.error, now)
        if not seen.error:  # of a log that was not seen now, nobody can say that it stands still
            _note_standstill(tx, peer, None if before is None else before.sound_ms, now)
    return seen


def _note_standstill(tx: Connection, peer: PartyRow, sound_ms: int | None, now: Instant) -> None:
    """Raise an alarm where a log has long stood still while things came from its party: they may be in no log.

    A checkpoint bears no time. What came is dated by this node's clock, and so is when the log was last seen to grow.
    The look before, at `sound_ms`, must have found it standing too: a node that was away signs its log soon after.
    """
    logs = witnessing.peer_logs_of(tx, peer.no)
    since = witnessing.came_since(tx, peer.no, logs[-1].seen_ms) if logs else None
    if since is None or now - since <= STILL_MS or sound_ms is None or sound_ms - since <= SIGNED_WITHIN_MS:
        return
    last = logs[-1]
    facts = (
        f"its log {last.origin} has not grown beyond {last.size} entries since {iso(Instant(last.seen_ms))}, "
        f"and things came from it from {iso(Instant(since))} on"
    )
    alarming.raise_alarm(tx, peer.no, STILL, facts, now, last.note)


def _look(node: Node, peer: PartyRow, collection_url: str, held: list[PeerLog], now: Instant) -> None:
    way = outbound_to(node, peer.no, collection_url)
    with LogClient(way, f"{base_of(collection_url)}/log/", dial=node.dial) as client:
        seen = _opened(node, peer, client.checkpoint(), now)
        known = next((one for one in held if one.origin == seen.told.origin), None)
        if held and known is not None and known.no != held[-1].no:
            facts = f"it went back from its log {held[-1].origin} to {known.origin}"
            raise _Contradicts(ROLLBACK, facts, _both(held[-1], seen))
        tree = Tree(partial(_tile, client, seen.told.size))
        if known is None:
            _check_root(tree, seen.told)
        else:
            _check_on(tree, known, seen)
    no = known.no if known else len(held) + 1
    told = seen.told
    grown_ms = known.seen_ms if known is not None and known.size == told.size else int(now)
    fresh = PeerLog(peer.no, no, told.origin, told.size, told.root, seen.note, seen.key.text, grown_ms)
    with node.store.write() as tx:
        if witnessing.put_peer_log(tx, known, fresh) and held and known is None:
            _tell_renewed(tx, peer, held[-1], seen, now)


def _tile(client: LogClient, size: int, level: int, number: int) -> bytes:
    return client.tile(level, number, size)


def _opened(node: Node, peer: PartyRow, note: bytes, now: Instant) -> _Seen:
    """Read a checkpoint by the peer's own keys of now.

    Raises:
        RecordRejected: it is no checkpoint, of a log of another party, or signed by none of those keys.
    """
    origin = read_checkpoint(read_note(note).text).origin
    if not origin.startswith(f"{peer.name}/comity/"):
        raise RecordRejected("wrong-origin", "$.origin", f"the log of another: {origin[:100]}")
    with node.store.read() as tx:
        keys = counting(log_keys_of(tx, peer.no), origin, now)
    told, key = opened_by(note, keys)
    return _Seen(told, key, note)


def _check_root(tree: Tree, told: Checkpoint) -> None:
    if tree.root(told.size) != told.root:
        raise RecordRejected("bad-tile", "$.root", "the tiles do not lead to the root that was signed")


def _check_on(tree: Tree, known: PeerLog, seen: _Seen) -> None:
    """Let a checkpoint follow the one before it.

    Raises:
        _Contradicts: it is smaller, or of another history. RecordRejected: the tiles are not those that were signed.
    """
    told = seen.told
    if told.size < known.size:
        facts = f"its log {known.origin} had {known.size} entries signed and shows fewer"
        raise _Contradicts(ROLLBACK, facts, _both(known, seen))
    facts = f"its log {known.origin} shows another history than the one signed at {known.size} entries"
    if told.size == known.size:
        if told.root != known.root:
            raise _Contradicts(FORK, facts, write_fork(_state(known), _state_of(seen)))
        return
    if known.size == 0:
        _check_root(tree, told)
        return
    path = whole_path(tree, known.size, told.size)
    old, new = consistency_roots(known.size, told.size, path)
    if new != told.root:
        raise RecordRejected("bad-tile", "$.root", "the tiles do not lead to the root that was signed")
    if old != known.root:
        raise _Contradicts(FORK, facts, write_fork(_state(known), _state_of(seen), path))


def _tell_renewed(tx: Connection, peer: PartyRow, before: PeerLog, seen: _Seen, now: Instant) -> None:
    facts = f"it gave up its log {before.origin}, signed to {before.size} entries, and goes on as {seen.told.origin}"
    alarming.raise_alarm(tx, peer.no, RENEWED, facts, now, _both(before, seen))


def _both(known: PeerLog, seen: _Seen) -> bytes:
    """Put two checkpoints side by side: no proof by itself, since the second one may be older than the first."""
    return msgspec.json.encode({"first": known.note.decode(), "second": seen.note.decode()})


def _state(known: PeerLog) -> SignedState:
    return SignedState(note=known.note, key=read_key(known.key))


def _state_of(seen: _Seen) -> SignedState:
    return SignedState(note=seen.note, key=seen.key)
