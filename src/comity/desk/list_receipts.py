"""Lists what officers have acknowledged, of this node's party and of others, and what of others still waits for one."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.receipt_views import ReceiptView, receipt_view, receipt_views
from comity.errors import NotFound
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.kinds import Erasure, Retraction
from comity.stores import answering, directory, keeping, sending
from comity.values import Instant, iso, iso_or_none

ANSWERED = ("accepted", "declined")


class ListReceiptsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the newest receipts, of one party's officers or of all."""

    party: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A retraction of another party that no officer of this one has accepted or declined."""

    act: str
    party: str
    reason: str
    deadline: str | None
    kept_at: str


class ErasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that another party's node was asked for, and when it stated that it is done; none: not yet."""

    act: str
    party: str
    deadline: str | None
    kept_at: str
    done_at: str | None


class ReceiptList(msgspec.Struct, frozen=True, kw_only=True):
    """What officers said, newest first; what waits for a word of this party's; who erased what it was asked to."""

    receipts: tuple[ReceiptView, ...]
    unanswered: tuple[Unanswered, ...]
    erasures: tuple[ErasureAsked, ...] = ()


def list_receipts(node: Node, actor: Actor, request: ListReceiptsRequest) -> ReceiptList:
    """Give who said what. What a node says by itself (`stored`) is not among it.

    Raises:
        NotFound: no such party.
    """
    with node.store.read() as tx:
        if request.party is not None and directory.party_named(tx, request.party) is None:
            raise NotFound("no party {party}", party=request.party)
        return ReceiptList(
            receipts=tuple(receipt_views(answering.latest_answers(tx, request.limit, request.party))),
            unanswered=tuple(one for one in _unanswered(tx) if request.party in (None, one.party)),
            erasures=tuple(one for one in _erasures(tx) if request.party in (None, one.party)),
        )


def _erasures(tx: Connection) -> list[ErasureAsked]:
    found = []
    for sent in sending.carried_out(tx, kind_of(Erasure), sending.ERASED):
        act = codec.decode(dsse.unverified_payload(sent.envelope))
        if isinstance(act, Erasure) and act.leaves:
            done = iso_or_none(sent.done_ms)
            kept = iso(Instant(sent.kept_ms))
            found.append(
                ErasureAsked(act=sent.stix_id, party=sent.party, deadline=act.deadline, kept_at=kept, done_at=done)
            )
    return found


def _unanswered(tx: Connection) -> list[Unanswered]:
    own, names = directory.own_party(tx), {row.no: row.name for row in directory.party_rows(tx)}
    found = []
    for no in keeping.acts_of_others(tx, (kind_of(Retraction),)):
        held = keeping.held_record(tx, no)
        if held is None or held.body is None or own is None:
            continue
        payload = dsse.unverified_payload(held.body)
        act = codec.decode(payload)
        if not isinstance(act, Retraction):
            continue
        said = map(receipt_view, answering.answers_on(tx, [bytes.fromhex(codec.digest(payload))]))
        if not any(view is not None and view.party == own.name and view.level in ANSWERED for view in said):
            found.append(
                Unanswered(
                    act=held.stix_id,
                    party=names[held.source_no],
                    reason=act.reason,
                    deadline=act.deadline,
                    kept_at=iso(Instant(held.kept_ms)),
                )
            )
    return found
