"""Asks the originator of an item that it gave this node to let it go on to a third party, as a signed act."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.release_requests import own_requests, stated_leaf
from comity.desk.send_acts import send_act
from comity.errors import Conflict, NotFound, UsageError
from comity.records.kinds import ReleaseRequest
from comity.records.kinds.release_request import MOST_VERSIONS
from comity.stores import directory, trusting
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant, JsonObject, PartyName, instant

MOST_LETTERS = 2_000
AGAIN_AFTER_MS = 24 * 3_600_000  # whom no answer reached may have had too many to look at: ask anew


class AskOriginatorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id (of one source, if several gave it), the party that it would go on to, and why."""

    id: str
    to: str
    reason: Annotated[str, Meta(max_length=MOST_LETTERS)]
    source: str | None = None
    idempotency_key: str | None = None


class OriginatorAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked, and by which act. `again`: it was asked before and is not answered yet; nothing new was made."""

    of: str
    to: str
    act: str
    again: bool = False


def ask_originator(node: Node, actor: Actor, request: AskOriginatorRequest) -> OriginatorAsked:
    """Ask; within a day once while no answer has come. A later request of the same stands in the place of the earlier.

    Raises:
        NotFound: no such item or party. Conflict: the originator cannot be asked by an act. UsageError: no reason, the
            item is the own party's, several parties gave it, or who would get it has it.
    """

    def work(tx: Connection, now: Instant) -> tuple[OriginatorAsked, JsonObject]:
        if not request.reason.strip():
            raise UsageError("say why: the originator reads it")
        rows = items_named(tx, request.id, request.source)
        source, reader = _originator(tx, rows), directory.party_named(tx, request.to)
        if reader is None:
            raise NotFound("no party {name}", name=request.to[:80])
        if reader.is_self or reader.no == source.no:
            raise UsageError("who asks and who is asked have it already")
        leaves = _leaves(tx, rows)
        for earlier in own_requests(tx, request.id):
            same = (earlier.act.of, earlier.act.to) == (source.name, reader.name)
            is_fresh = now - instant(earlier.act.at) < AGAIN_AFTER_MS
            if same and earlier.state == "asked" and is_fresh and set(leaves) <= set(earlier.act.leaves):
                answer = OriginatorAsked(of=source.name, to=reader.name, act=earlier.act.rid, again=True)
                return answer, {"act": earlier.act.rid, "again": True}
        act = ReleaseRequest(
            **head(node, now)._asdict(),
            of=PartyName(source.name),
            item=request.id,
            leaves=leaves,
            to=PartyName(reader.name),
            reason=request.reason.strip(),
        )
        send_act(tx, keep_act(node, tx, act, now), [source.name], now)
        answer = OriginatorAsked(of=source.name, to=reader.name, act=act.rid)
        return answer, {"act": act.rid, "of": source.name, "to": reader.name}

    return carry_out(node, actor, "release ask", request, OriginatorAsked, work)


def _originator(tx: Connection, rows: list[HeldRecord]) -> PartyRow:
    """Give the one party that gave these and whose own they are.

    Raises:
        Conflict: its key is not accepted here, or it passed on what is another's. UsageError: there is no one other.
    """
    givers = {row.no: row for row in directory.party_rows(tx)}
    found = [givers[no] for no in sorted({row.source_no for row in rows}) if no in givers and not givers[no].is_self]
    if not found:
        raise UsageError("the item is of this node's own party: it may grant a release itself")
    if len(found) > 1:
        given = ", ".join(row.name for row in found)
        raise UsageError("several parties gave this ({parties}): name one with --from", parties=given)
    peer = trusting.peer_of(tx, found[0].no)
    if peer is None or peer.state != trusting.ACCEPTED:
        raise Conflict("the key of {party} is not accepted here: no act would reach it", party=found[0].name)
    return found[0]


def _leaves(tx: Connection, rows: list[HeldRecord]) -> tuple[str, ...]:
    """Give the leaves by which an originator stated these versions.

    Raises:
        Conflict: none of them came whole, in its own signed set.
    """
    found = [leaf for row in rows if (leaf := stated_leaf(tx, row)) is not None]
    if not found:
        raise Conflict("the item did not come whole in a set that its originator signed: ask by other means")
    return tuple(dict.fromkeys(found))[:MOST_VERSIONS]
