"""Lists what was asked of originators: by this party of others, and by others of this one, each with its state."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.held_deliveries import delivery_in
from comity.desk.item_views import party_names
from comity.desk.node_type import Node
from comity.desk.receipt_views import ReceiptView, receipt_view
from comity.desk.take_grant import act_of
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.kinds import ReleaseRequest
from comity.records.stix import act_id
from comity.stores import answering, asked, directory, keeping, reclassing, stating
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ERASED, ITEM
from comity.values import Instant, id_key, iso

State = Literal["asked", "granted", "declined"]


class ListRequestsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for requests on one item, or on all."""

    id: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """That `by` asked `of` to let an item go on to `to`. `act` is its STIX id, under which it can be declined.

    `held`: the item is held still. `answer` is what an officer gave as the reason to decline.
    """

    act: str
    by: str
    of: str
    item: str
    to: str
    reason: str
    asked_at: str
    state: State
    held: bool
    answer: str = ""


class RequestList(msgspec.Struct, frozen=True, kw_only=True):
    """What others ask of this party, the open first; and what this party asked of others, the newest first.

    `waiting`: how many of what others ask are open, those beyond the limit too.
    """

    received: tuple[RequestView, ...]
    made: tuple[RequestView, ...]
    waiting: int = 0


class OwnRequest(NamedTuple):
    """An act by which this party asked, when, what became of it, and the officer's word if it was declined."""

    act: ReleaseRequest
    state: State
    answer: str


def list_requests(node: Node, actor: Actor, request: ListRequestsRequest) -> RequestList:
    """Give who asked what of whom."""
    with node.store.read() as tx:
        names = party_names(tx)
        key = None if request.id is None else id_key(request.id)
        found = (_received(tx, row, names) for row in asked.requests(tx, request.limit, item_key=key))
        return RequestList(
            received=tuple(view for view in found if view is not None),
            waiting=asked.open_count(tx),
            made=tuple(
                _view(one.act, one.state, held=_is_held(tx, one.act), answer=one.answer, asked_at=one.act.at)
                for one in islice(own_requests(tx, request.id), request.limit)
            ),
        )


def open_requests(tx: Connection, limit: int) -> list[RequestView]:
    """Give what others ask of this party and nobody has answered, the oldest first."""
    names = party_names(tx)
    rows = (row for row in asked.requests(tx, limit) if row.closed_ms is None)
    return [view for row in rows if (view := _received(tx, row, names)) is not None]


def own_requests(tx: Connection, item: str | None = None) -> Iterator[OwnRequest]:
    """Give what this party asked of others, for one item or all, the newest first.

    One that was asked again before it was answered is not given: the newer stands for it, here and at its originator.
    """
    later = set[tuple[str, str, str]]()
    for no in reversed(keeping.own_acts(tx, (kind_of(ReleaseRequest),))):
        held = keeping.held_record(tx, no)
        if held is None or held.body is None:
            continue
        payload = dsse.unverified_payload(held.body)
        act = codec.decode(payload)
        if not isinstance(act, ReleaseRequest) or item not in (None, act.item):
            continue
        one, same = _own(tx, act, bytes.fromhex(codec.digest(payload))), (act.of, act.item, act.to)
        if one.state != "asked" or same not in later:
            yield one
        later.add(same)


def stated_leaf(tx: Connection, row: HeldRecord) -> str | None:
    """Give the leaf by which an originator stated a version, if it came whole in its own signed set."""
    told, behind = stating.provenance_of(tx, row.no), stating.statement_behind(tx, row.no)
    if behind is None or told is None or told[0] != "signed":
        return None
    return delivery_in(behind.envelope).leaf_list()[behind.leaf].hex()


def _own(tx: Connection, act: ReleaseRequest, digest: bytes) -> OwnRequest:
    source = directory.party_named(tx, act.of)
    rows = [] if source is None else [row for row in keeping.records_under(tx, act.item) if row.source_no == source.no]
    asked_of = [row for row in rows if row.family == ITEM and stated_leaf(tx, row) in act.leaves]
    if asked_of and all(act.to in reclassing.override_of(tx, row.no).consents for row in asked_of):
        return OwnRequest(act, "granted", "")
    said = (receipt_view(answer) for answer in answering.answers_on(tx, [digest]))
    refused: list[ReceiptView] = [view for view in said if view is not None and view.level == "declined"]
    words = [view.reason or "" for view in refused if view.party == act.of]
    return OwnRequest(act, "declined" if words else "asked", words[-1] if words else "")


def _received(tx: Connection, row: asked.Asked, names: dict[int, str]) -> RequestView | None:
    act = act_of(tx, row.record_no)
    if not isinstance(act, ReleaseRequest) or names.get(row.party_no) != act.issuer:
        return None
    state: State = "asked" if row.closed_ms is None else "granted" if row.is_granted else "declined"
    return _view(act, state, held=_is_held(tx, act), asked_at=iso(Instant(row.asked_ms)))


def _is_held(tx: Connection, act: ReleaseRequest) -> bool:
    return any(row.family == ITEM and row.state != ERASED for row in keeping.records_under(tx, act.item))


def _view(act: ReleaseRequest, state: State, *, held: bool, asked_at: str, answer: str = "") -> RequestView:
    return RequestView(
        act=act_id(act),
        by=act.issuer,
        of=act.of,
        item=act.item,
        to=act.to,
        reason=act.reason,
        asked_at=asked_at,
        state=state,
        held=held,
        answer=answer,
    )
