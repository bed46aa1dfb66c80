"""Puts an act that needs a second person forward: made once and undone, so that what will be signed can be shown.

What is kept of it until it is decided is sealed by a key outside the database: it may name an item or hold a password.
"""

import hmac
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.making import Making, Undone
from comity.desk.node_type import Node
from comity.desk.roles import may
from comity.desk.two_persons import APPROVED_WITHIN_MS, Rule
from comity.errors import AwaitsApproval, NodeError, NotPermitted, UsageError
from comity.records.approvals import Laid, lay
from comity.stores import approving
from comity.stores.approving import PendingRow
from comity.values import Instant, iso

SEED_BYTES: Final = 32
LONGEST_REASON: Final = 2_000
_NONCE_BYTES: Final = 12

Function = Callable[[Node, Actor, msgspec.Struct], msgspec.Struct]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for in words of the node: the first part of what a second person approves."""

    node: str
    exercise: bool
    verb: str
    request: msgspec.Raw
    asked_by: str
    asked_role: str
    asked_at: str
    until: str
    reason: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """All that an act is made of a second time."""

    statement: bytes
    request: msgspec.Raw
    payloads: tuple[bytes, ...]
    seed: bytes

    @property
    def laid(self) -> Laid:
        """How it lies before a second person."""
        return lay((self.statement, *self.payloads), self.seed)


def put_forward(
    node: Node, actor: Actor, verb: str, function: Function, request: msgspec.Struct, rule: Rule
) -> msgspec.Struct:
    """Put an act forward; gives its answer only if it was done earlier under the same idempotency key.

    Raises:
        AwaitsApproval: it waits now, or does already. NotPermitted: the actor may not ask for it.
        ComityError: what the verb itself refuses.
    """
    if not may(actor, verb):
        raise NotPermitted("{name} is not open to the role {role}", name=verb, role=actor.role)
    now = node.clock()
    written = msgspec.json.encode(request)
    digest = hmac.digest(_key(node), verb.encode() + b"\0" + written, "sha256")
    with node.store.read() as tx:
        there = approving.open_like(tx, digest, actor.name, now)
    if there is not None:
        raise awaits(there)
    making = Making(now, node.entropy(SEED_BYTES), node.entropy, stands=rule.stands)
    if rule.signs:
        try:
            return function(node._replace(entropy=making.entropy, making=making), actor, request)
        except Undone:
            pass
    asked = _asked(node, actor, verb, written, reason_of(request), making, now)
    try:
        challenge = asked.laid.challenge
    except ValueError as exc:
        raise UsageError("this signs more acts than one approval covers: ask for less at a time") from exc
    with node.store.write() as tx:
        approving.expire(tx, now)
        row = PendingRow(
            no=approving.next_number(tx),
            verb=verb,
            sealed=_sealed(node, asked),
            request_sha256=digest,
            challenge=challenge,
            asked_by=actor.name,
            asked_via=actor.via,
            asked_role=actor.role,
            device=bytes.fromhex(actor.device) if actor.device else None,
            reason=reason_of(request),
            asked_ms=int(now),
            until_ms=int(now) + APPROVED_WITHIN_MS,
            state=approving.OPEN,
        )
        about = () if rule.about is None else rule.about(request)
        approving.add_pending(tx, row, [about_key(node, word) for word in about])
        note(tx, actor, "act ask", {"act": row.no, "verb": verb}, now)
    raise awaits(row)


def _asked(node: Node, actor: Actor, verb: str, written: bytes, reason: str, making: Making, now: Instant) -> Asked:
    statement = Statement(
        node=node.settings.party,
        exercise=node.settings.exercise,
        verb=verb,
        request=msgspec.Raw(written),
        asked_by=actor.name,
        asked_role=actor.role,
        asked_at=iso(now),
        until=iso(Instant(now + APPROVED_WITHIN_MS)),
        reason=reason,
    )
    return Asked(
        statement=msgspec.json.encode(statement),
        request=msgspec.Raw(written),
        payloads=tuple(making.payloads),
        seed=making.seed,
    )


def asked_of(node: Node, row: PendingRow) -> Asked:
    """Give what an act that waits is made of.

    Raises:
        NodeError: it was sealed by another key, as after a restore without keys, or is not held any more.
    """
    box = row.sealed or b""
    try:
        plain = AESGCM(_key(node)).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], b"")
    except (InvalidTag, ValueError) as exc:
        raise NodeError("what was asked for cannot be opened by the keys in the folder: ask for it again") from exc
    return msgspec.msgpack.decode(plain, type=_Kept).asked()


def about_key(node: Node, word: str) -> bytes:
    """Give the keyed hash of a word that an act is about: without the node's key it says nothing."""
    return hmac.digest(_key(node), b"about\0" + word.encode("utf-8", "surrogatepass"), "sha256")


def awaits(row: PendingRow) -> AwaitsApproval:
    """Give the error that says that an act waits."""
    return AwaitsApproval(row.no, iso(Instant(row.until_ms)))


def reason_of(request: msgspec.Struct) -> str:
    """Give the reason that a request states, if it does.

    Raises:
        UsageError: it is too long.
    """
    reason = str(getattr(request, "reason", ""))
    if len(reason) > LONGEST_REASON:
        raise UsageError("a reason has {longest} characters at most", longest=LONGEST_REASON)
    return reason


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    statement: bytes
    request: bytes
    payloads: tuple[bytes, ...]
    seed: bytes

    def asked(self) -> Asked:
        return Asked(
            statement=self.statement, request=msgspec.Raw(self.request), payloads=self.payloads, seed=self.seed
        )


def _sealed(node: Node, asked: Asked) -> bytes:
    kept = _Kept(asked.statement, bytes(asked.request), asked.payloads, asked.seed)
    nonce = node.entropy(_NONCE_BYTES)
    return nonce + AESGCM(_key(node)).encrypt(nonce, msgspec.msgpack.encode(kept), b"")


def _key(node: Node) -> bytes:
    return hmac.digest(node.keys.token_key, b"comity-pending-1", "sha256")
