"""Writes down what a guest, as an officer of their party, says of an item or act: in this node's name, unsigned by it.

Never done by itself: that somebody has seen a thing may bind a state, so a person says it, at a page or by a program of
theirs. The party has no key here, so the act says whose node recorded it.
"""

import hashlib
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.give_receipt import OfficersLevel, answered_until
from comity.desk.guests import Guest, guest_of, must_lack_node
from comity.desk.node_type import Node
from comity.desk.read_view import refuse_stale
from comity.desk.released_rows import versions
from comity.desk.show_guest import asking_acts
from comity.errors import NotFound
from comity.records import codec, dsse
from comity.records.kinds import GuestReceipt
from comity.stores import keeping, stating
from comity.values import Instant, JsonObject

_GUESTS = frozenset(("guest",))


class AnswerAsGuestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, by its STIX id; how, and by which office.

    `reason` is needed to decline. `until` goes with `need-time`: by when an answer follows.
    """

    id: Annotated[str, Meta(max_length=500)]
    level: OfficersLevel
    by: Annotated[str, Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=8_000)] | None = None
    until: Annotated[str, Meta(max_length=40)] | None = None
    idempotency_key: str | None = None


class GuestAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """Of what, for whom, and the act by which this node recorded it; the party has not signed it."""

    party: str
    about: str
    level: OfficersLevel
    versions: int
    act: str
    unsigned: bool = True


class _Meant(NamedTuple):
    shown: tuple[str, ...]  # SHA-256 of what the party was shown
    held: tuple[bytes, ...]  # and of what is held, where it was shown otherwise


def answer_as_guest(node: Node, actor: Actor, request: AnswerAsGuestRequest) -> GuestAnswered:
    """Record an answer.

    Raises:
        NotFound: nothing under this id is released to the party, or asks it. UsageError: no office, no reason or no
            time where one is needed. NotPermitted: no guest asks. Conflict: the party has a node by now.
    """

    def work(tx: Connection, now: Instant) -> tuple[GuestAnswered, JsonObject]:
        guest = guest_of(tx, actor)
        must_lack_node(tx, guest)
        until = answered_until(request.level, request.by, request.reason, request.until, now)
        reason = (request.reason or "").strip() or None
        meant = _meant(node, tx, guest, request.id, now)
        act = GuestReceipt(
            **head(node, now)._asdict(),
            party=guest.party,
            level=request.level,
            of=meant.shown,
            about=request.id,
            by=request.by.strip(),
            reason=reason,
            until=until,
        )
        no = keep_act(node, tx, act, now)
        digests = dict.fromkeys((*map(bytes.fromhex, meant.shown), *meant.held))
        stating.note_receipts(node.store, tx, [(no, one, guest.party_no, request.level, int(now)) for one in digests])
        answer = GuestAnswered(
            party=guest.party, about=request.id, level=request.level, versions=len(meant.shown), act=act.rid
        )
        return answer, {"party": guest.party, "level": request.level, "act": act.rid}

    return carry_out(node, actor, "guest answer", request, GuestAnswered, work, roles=_GUESTS)


def _meant(node: Node, tx: Connection, guest: Guest, stix_id: str, now: Instant) -> _Meant:
    for asks in asking_acts(tx, guest):
        if asks.stix_id == stix_id:
            return _Meant((codec.digest(dsse.unverified_payload(asks.envelope)),), ())
    refuse_stale(tx, guest.reader, now)
    rows = versions(node, tx, guest, stix_id, now)
    if not rows:
        raise NotFound("nothing is released to your party under {id}", id=stix_id[:200])
    shown = tuple(dict.fromkeys(hashlib.sha256(body).hexdigest() for _, body in rows))
    return _Meant(shown, tuple(row.sha256 for row in keeping.held_records(tx, [one.item_no for one, _ in rows])))
