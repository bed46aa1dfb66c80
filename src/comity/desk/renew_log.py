"""Gives the log up and begins the next one: the way out for a node whose newer database is lost.

The next log has another name, so what it signs contradicts nothing that was signed before. All records that are held
get entries in it. The lock store keeps where the old log was, and the audit keeps who gave it up, and why.
"""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.make_checkpoint import contradiction, first_origin, hold
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.errors import Conflict, NotPermitted
from comity.stores import log
from comity.stores.lock_store import Locked, LockStore

_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{1,4}))?")


class RenewLogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why the log is given up; it is kept in the audit."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class LogRenewed(msgspec.Struct, frozen=True, kw_only=True):
    """The log that was given up, how much of it was signed, and the one that follows it."""

    before: str
    signed_size: int | None  # None if the lock store is gone: nobody can tell
    after: str
    size: int


def renew_log(node: Node, actor: Actor, request: RenewLogRequest) -> LogRenewed:
    """Begin the next log; only for a node that is read-only, since peers must be told of it.

    Raises:
        NotPermitted: the role may not. Conflict: the log is in order.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("log renew is not open to the role {role}", role=actor.role)
    if not node.store.read_only:
        raise Conflict("the log is in order: there is no reason to give it up")
    lock_store = LockStore(node.folder)
    held = lock_store.current()
    with node.store.read() as tx:
        state = log.log_state(tx)
    before = held.origin if held else state.origin if state else first_origin(node.settings)
    # Begun already by a renewal that was cut short: then the newest log of the lock store is empty and nobody's.
    is_begun = held is not None and held.size == 0 and (state is None or state.origin != held.origin)
    begun = held if is_begun and held else _next(lock_store, before)
    with node.store.write(even_read_only=True) as tx:
        log.restart_log(tx, begun.origin)
        facts = {"before": before, "signed": held.size if held else None, "after": begun.origin, "why": request.reason}
        note(tx, actor, "log renew", facts, node.clock())
    hold(node, contradiction(node, lock_store.current()))
    settle(node)
    with node.store.read() as tx:
        state = log.log_state(tx)
    size = state.size if state else 0
    return LogRenewed(before=before, signed_size=held.size if held else None, after=begun.origin, size=size)


def _next(lock_store: LockStore, before: str) -> Locked:
    """Begin the log after one of this name."""
    origin = next_origin(before)
    begun = lock_store.begin(origin)
    while begun.size:  # of that name something was signed once
        origin = next_origin(origin)
        begun = lock_store.begin(origin)
    return begun


def next_origin(origin: str) -> str:
    """Name the log after another: `…/1` is followed by `…/2`, `…/2031` by `…/2031-2`."""
    head, _, last = origin.rpartition("/")
    year = _YEAR.fullmatch(last)
    if year:
        return f"{head}/{year[1]}-{int(year[2] or 1) + 1}"
    return f"{head}/{int(last) + 1}" if last.isdecimal() else f"{origin}/2"
