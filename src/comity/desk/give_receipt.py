"""Acknowledges, in an officer's name, an item or an act that came from another party: signed, and put in line for it.

Never done by itself: that somebody has seen a thing may bind a state, so a person says it.
"""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.adhere_agreement import read_moment
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.rotate_key import OFFICERS
from comity.desk.send_acts import send_act
from comity.errors import Conflict, NotFound, UsageError
from comity.records import codec, dsse
from comity.records.kinds import Receipt
from comity.records.kinds.receipt import MOST_NAMED
from comity.stores import directory, keeping, stating, trusting
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ACT, ERASED
from comity.values import Instant, JsonObject, PartyName, iso

OfficersLevel = Literal["seen", "accepted", "declined", "need-time"]


class GiveReceiptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is acknowledged, by its STIX id (of one source, if several gave it); how, and by which office.

    `reason` is needed to decline. `until` goes with `need-time`: by when an answer follows.
    """

    id: str
    level: OfficersLevel
    by: Annotated[str, Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=8_000)] | None = None
    until: str | None = None
    source: str | None = None
    idempotency_key: str | None = None


class ReceiptGiven(msgspec.Struct, frozen=True, kw_only=True):
    """To whom, of what, and the act by which it is said; `versions` of an item are all that are held of it."""

    to: str
    about: str
    level: OfficersLevel
    versions: int
    act: str


def give_receipt(node: Node, actor: Actor, request: GiveReceiptRequest) -> ReceiptGiven:
    """Acknowledge.

    Raises:
        NotFound: nothing of another party is held under this id. UsageError: no office, no reason or no time where one
            is needed, or several parties gave it. Conflict: the key of the party is not accepted. NotPermitted: no
            officer.
    """

    def work(tx: Connection, now: Instant) -> tuple[ReceiptGiven, JsonObject]:
        until = answered_until(request.level, request.by, request.reason, request.until, now)
        found = _of_another(tx, request.id, request.source)
        peer = trusting.peer_of(tx, found.no)
        if peer is None or peer.state != trusting.ACCEPTED:
            raise Conflict("the key of {party} is not accepted here: a receipt would not reach it", party=found.party)
        act = Receipt(
            **head(node, now)._asdict(),
            to=PartyName(found.party),
            level=request.level,
            of=found.digests,
            about=request.id,
            by=request.by.strip(),
            reason=request.reason,
            until=until,
        )
        no, own = keep_act(node, tx, act, now), directory.own_party(tx)
        own_no = 0 if own is None else own.no
        rows = [(no, bytes.fromhex(digest), own_no, request.level, int(now)) for digest in found.digests]
        stating.note_receipts(node.store, tx, rows)
        send_act(tx, no, [found.party], now)
        answer = ReceiptGiven(
            to=found.party, about=request.id, level=request.level, versions=len(found.digests), act=act.rid
        )
        return answer, {"to": found.party, "level": request.level, "act": act.rid}

    return carry_out(node, actor, "receipt give", request, ReceiptGiven, work, roles=OFFICERS)


class _Found(NamedTuple):
    no: int
    party: str
    digests: tuple[str, ...]


def answered_until(level: OfficersLevel, by: str, reason: str | None, until: str | None, now: Instant) -> str | None:
    """Check what an officer says of something received; gives the time until which an answer follows, if one does.

    Raises:
        UsageError: something that the level needs is lacking, or does not go with it.
    """
    if not by.strip() or not by.isprintable():
        raise UsageError("say which office answers")
    if level == "declined" and not (reason or "").strip():
        raise UsageError("who declines says why")
    if (until is not None) != (level == "need-time"):
        raise UsageError("a time goes with need-time, and with nothing else")
    if until is None:
        return None
    moment = read_moment(until, now)
    if moment <= now:
        raise UsageError("a time that is still to come")
    return iso(moment)


def _of_another(tx: Connection, stix_id: str, source: str | None) -> _Found:
    """Find what another party gave under an id: each version of an item, or an act."""
    names = {row.no: row.name for row in directory.party_rows(tx) if not row.is_self}
    held = [
        row
        for row in keeping.records_under(tx, stix_id)
        if row.source_no in names and row.state != ERASED and source in (None, names[row.source_no])
    ]
    if not held:
        raise NotFound("nothing of another party is held under {id}", id=stix_id[:200])
    sources = sorted({row.source_no for row in held})
    if len(sources) > 1:
        given = ", ".join(names[no] for no in sources)
        raise UsageError("several parties gave this ({parties}): name one with --from", parties=given)
    digests = tuple(dict.fromkeys(map(_digest, held)))[:MOST_NAMED]
    return _Found(sources[0], names[sources[0]], digests)


def _digest(row: HeldRecord) -> str:
    """Give the digest by which a receipt names a record: of an act's payload, or of an item's bytes."""
    if row.family == ACT and row.body is not None:
        return codec.digest(dsse.unverified_payload(row.body))
    return row.sha256.hex()
