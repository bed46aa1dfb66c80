"""Carries a writing verb out: one transaction with its effect, its audit line and its answer for a repeated request."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.node_type import Node
from comity.desk.roles import ADMINISTRATING, may
from comity.errors import Conflict, NotPermitted, UsageError
from comity.stores import registers
from comity.values import Instant, JsonObject

__all__ = ["ADMINISTRATING", "carry_out"]

Answer = TypeVar("Answer", bound=msgspec.Struct)
LONGEST_KEY = 200  # an index of PostgreSQL holds no more than some thousand bytes a row


def carry_out(
    node: Node,
    actor: Actor,
    verb: str,
    request: msgspec.Struct,
    answer_type: type[Answer],
    work: Callable[[Connection, Instant], tuple[Answer, JsonObject]],
    *,
    roles: frozenset[str] = ADMINISTRATING,
) -> Answer:
    """Do `work` once: a request repeated under its idempotency key gets the first answer and has no second effect.

    `work` gives the answer and the facts for the audit line, which must hold no content.

    Raises:
        NotPermitted: the actor's role may not. Conflict: the key was used for another request. UsageError: it is none.
        Undone: the act is only made to be shown; nothing of it is kept.
    """
    if not may(actor, verb, roles):
        raise NotPermitted("{verb} is not open to the role {role}", verb=verb, role=actor.role)
    key = getattr(request, "idempotency_key", None)
    if key and (len(key) > LONGEST_KEY or not key.isprintable()):
        raise UsageError("an idempotency key has at most {longest} printable characters", longest=LONGEST_KEY)
    digest = hashlib.sha256(verb.encode() + b"\0" + msgspec.json.encode(request)).digest()
    making = node.making
    now = node.clock() if making is None else making.instant(node.clock())
    with node.store.write() as tx:
        if key:
            earlier = registers.earlier_answer(tx, actor.name, key)
            if earlier is not None:
                if earlier[0] != digest:
                    raise Conflict("this idempotency key was used for another request")
                if not earlier[1]:
                    raise Conflict("this request was carried out, and its answer told of what has been erased since")
                return msgspec.json.decode(earlier[1], type=answer_type)
        answer, facts = work(tx, now)
        note(tx, actor, verb, facts, now)
        if making is not None:
            making.finish(tx, now)
        if key:
            registers.remember_answer(tx, actor.name, key, digest, msgspec.json.encode(answer), now)
    return answer
