"""Ends an act that waits without its being approved: refused, withdrawn, or carried out by one person in need.

Breaking the glass is for when nobody else can be reached: it is told to every officer, the act itself says that nobody
approved it, and somebody else must review it within three days.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_approved import Word, carry_approved, decided_already, must_wait
from comity.desk.carry_out import carry_out
from comity.desk.list_acts import ActView, act_view, onlooker, visible_act
from comity.desk.node_type import Node
from comity.desk.rights import must_be_present
from comity.desk.roles import may
from comity.desk.two_persons import RULES
from comity.desk.verb import Verb
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import approving
from comity.stores.approving import PendingRow
from comity.values import Instant, JsonObject

_Words = Annotated[str, Meta(max_length=2_000)]
_Number = Annotated[int, Meta(ge=1)]


class RefuseActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which act is refused, and why."""

    number: _Number
    reason: _Words


class WithdrawActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which act is taken back by who asked for it."""

    number: _Number


class BreakGlassRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which act is carried out without a second person, and why it cannot wait."""

    number: _Number
    reason: _Words


class ReviewActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which act that was carried out without a second person was reviewed, and what was found."""

    number: _Number
    finding: _Words


def refuse_act(node: Node, actor: Actor, request: RefuseActRequest) -> ActView:
    """Refuse an act, with the reason.

    Raises:
        NotFound: no such act for this actor. NotPermitted: it is their own. Conflict: it is decided.
        UsageError: no reason is given.
    """
    reason = _said(request.reason)

    def work(tx: Connection, now: Instant) -> tuple[ActView, JsonObject]:
        row = _for_approver(tx, actor, request.number)
        if row.asked_by == actor.name:
            raise NotPermitted("nobody refuses what they asked for themselves: withdraw it")
        return _decided(tx, row, actor, approving.REFUSED, reason, now)

    return carry_out(node, actor, "act refuse", request, ActView, work)


def withdraw_act(node: Node, actor: Actor, request: WithdrawActRequest) -> ActView:
    """Take an act back that waits.

    Raises:
        NotFound: no such act of this actor. Conflict: it is decided.
    """

    def work(tx: Connection, now: Instant) -> tuple[ActView, JsonObject]:
        row = _own(tx, actor, request.number)
        return _decided(tx, row, actor, approving.WITHDRAWN, "", now)

    return carry_out(node, actor, "act withdraw", request, ActView, work)


def review_act(node: Node, actor: Actor, request: ReviewActRequest) -> ActView:
    """Close the review of an act that was carried out without a second person.

    Raises:
        NotFound: no such act for this actor. NotPermitted: they carried it out. Conflict: no review is open.
        UsageError: nothing is said.
    """
    must_be_present(actor)
    finding = _said(request.finding)

    def work(tx: Connection, now: Instant) -> tuple[ActView, JsonObject]:
        row = _for_approver(tx, actor, request.number)
        if row.decided_by == actor.name:
            raise NotPermitted("nobody reviews what they carried out themselves")
        if not approving.review(tx, row.no, actor.name, finding, now):
            raise Conflict("no review of this act is open")
        after = visible_act(tx, actor, row.no)
        return act_view(after, onlooker(tx, actor), now), {"act": row.no, "verb": row.verb}

    return carry_out(node, actor, "act review", request, ActView, work)


def breaking(verbs: Mapping[str, Verb]) -> Callable[[Node, Actor, BreakGlassRequest], ActView]:
    """Give the function that carries out one of these verbs without a second person."""

    def break_glass(node: Node, actor: Actor, request: BreakGlassRequest) -> ActView:
        """Carry out an own act that waits.

        Raises:
            NotFound: no such act of this actor. UsageError: no reason. Conflict: what `carry_approved` refuses.
        """
        must_be_present(actor)
        reason = _said(request.reason)
        if not may(actor, "act break-glass"):
            raise NotPermitted("{name} is not open to the role {role}", name="act break-glass", role=actor.role)
        with node.store.read() as tx:
            row = must_wait(tx, _own(tx, actor, request.number).no, node.clock())

        def still_may(tx: Connection, now: Instant) -> None:
            must_wait(tx, row.no, now)

        word = Word(actor=actor, by="break-glass", role=actor.role, reason=reason)
        carry_approved(verbs, node, row, word, still_may)
        with node.store.read() as tx:
            return act_view(visible_act(tx, actor, row.no), onlooker(tx, actor), node.clock())

    return break_glass


def _own(tx: Connection, actor: Actor, number: int) -> PendingRow:
    row = approving.pending(tx, number)
    if row is None or row.asked_by != actor.name or row.asked_via != actor.via:
        raise NotFound("no act {number} of yours waits", number=number)
    return row


def _for_approver(tx: Connection, actor: Actor, number: int) -> PendingRow:
    row = visible_act(tx, actor, number)
    if row.verb not in RULES or actor.role not in RULES[row.verb].approvers:
        raise NotFound("no act {number} waits", number=number)
    return row


def _decided(
    tx: Connection, row: PendingRow, actor: Actor, state: str, words: str, now: Instant
) -> tuple[ActView, JsonObject]:
    if not approving.decide(tx, row.no, state, actor.name, "", words, now):
        raise decided_already()
    after = visible_act(tx, actor, row.no)
    return act_view(after, onlooker(tx, actor), now), {"act": row.no, "verb": row.verb}


def _said(words: str) -> str:
    said = words.strip()
    if not said:
        raise UsageError("say why, for those who look at this later")
    return said
