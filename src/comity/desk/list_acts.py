"""Shows acts that need or needed a second person: to everybody that they are, what they say only to who decides."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.accounts import roles_of
from comity.desk.actor import Actor, Role
from comity.desk.node_type import Node
from comity.desk.put_forward import asked_of
from comity.desk.two_persons import REVIEWED_WITHIN_MS, RULES
from comity.errors import NotFound
from comity.records import codec
from comity.records.base import kind_of
from comity.stores import accounts, approving
from comity.stores.approving import OPEN, PendingRow
from comity.values import Instant, iso, iso_or_none

_HIDDEN = frozenset(("password", "token", "file", "idempotency_key"))
_LONGEST_SHOWN = 2_000
_FIRST = 2**31 - 1


class Onlooker(NamedTuple):
    """Who looks at acts. `is_owner`: who types a command owns the node."""

    name: str
    roles: frozenset[Role]
    is_owner: bool


class ListActsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which: those that wait, or all, the newest first, before a number."""

    waiting: bool = True
    before: Annotated[int, Meta(ge=1)] = _FIRST
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ShowActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The act of this number."""

    number: Annotated[int, Meta(ge=1)]


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """An act in the table of two persons. `act` names it there, `verb` is what was asked for.

    `state`: open, done, refused, withdrawn or expired. `method`: how it came to be done. `review_until` is set while
    something that was done without a second person waits for its review. `mine_to_approve`, `mine_to_review`: whether
    that is for who asks now; `reason` and `words` are empty for all whom it does not concern.
    """

    number: int
    act: str
    verb: str
    asked_by: str
    asked_role: str
    asked_via: str
    reason: str
    asked_at: str
    until: str
    state: str
    decided_by: str = ""
    decided_at: str | None = None
    method: str = ""
    words: str = ""
    review_until: str | None = None
    reviewed_by: str = ""
    reviewed_at: str | None = None
    finding: str = ""
    mine_to_approve: bool = False
    mine_to_review: bool = False
    mine: bool = False


class ActList(msgspec.Struct, frozen=True, kw_only=True):
    """Acts, those that wait oldest first."""

    acts: tuple[ActView, ...]


class SignedText(msgspec.Struct, frozen=True, kw_only=True):
    """What would be signed, as the very text."""

    kind: str
    text: str


class ActShown(msgspec.Struct, frozen=True, kw_only=True):
    """An act with what would happen: the request field by field, each payload, and the challenge that is signed."""

    view: ActView
    request: tuple[tuple[str, str], ...]
    signs: tuple[SignedText, ...]
    challenge: str


def list_acts(node: Node, actor: Actor, request: ListActsRequest) -> ActList:
    """List acts; at least that something waits is nobody's secret at a node."""
    now = node.clock()
    with node.store.read() as tx:
        if request.waiting:
            rows = [*approving.unreviewed(tx), *approving.open_pendings(tx, now)]
        else:
            rows = approving.latest(tx, request.before, request.limit)
        looks = onlooker(tx, actor)
        return ActList(acts=tuple(act_view(row, looks, now) for row in rows))


def show_act(node: Node, actor: Actor, request: ShowActRequest) -> ActShown:
    """Show an act to who asked for it or may approve it.

    Raises:
        NotFound: there is none, or it is not for this actor.
    """
    now = node.clock()
    with node.store.read() as tx:
        row, looks = visible_act(tx, actor, request.number), onlooker(tx, actor)
    view = act_view(row, looks, now)
    if row.sealed is None or view.state != OPEN:
        return ActShown(view=view, request=(), signs=(), challenge=row.challenge.hex())
    asked = asked_of(node, row)
    return ActShown(
        view=view,
        request=_lines(msgspec.json.decode(asked.request, type=dict[str, object])),
        signs=tuple(_signed(payload) for payload in asked.payloads),
        challenge=row.challenge.hex(),
    )


def visible_act(tx: Connection, actor: Actor, number: int) -> PendingRow:
    """Give an act that this actor may see.

    Raises:
        NotFound: there is none.
    """
    row = approving.pending(tx, number)
    if row is None or not concerns(row, onlooker(tx, actor)):
        raise NotFound("no act {number} waits", number=number)
    return row


def onlooker(tx: Connection, actor: Actor) -> Onlooker:
    """Give who looks, with all the roles of the account: what waits for one of them waits for the person."""
    account = accounts.account_named(tx, actor.name) if actor.is_person else None
    held: tuple[Role, ...] = (actor.role,) if account is None else roles_of(account)
    return Onlooker(actor.name, frozenset(held), is_owner=actor.via == "cli")


def act_view(row: PendingRow, looks: Onlooker, now: Instant) -> ActView:
    """Show an act as this onlooker may see it."""
    told, mine = concerns(row, looks), row.asked_by == looks.name
    is_open = row.state == OPEN and row.until_ms > now
    may = _approves(row, looks)
    unreviewed = row.method == approving.BREAK_GLASS and row.reviewed_ms is None
    return ActView(
        number=row.no,
        act=RULES[row.verb].act if row.verb in RULES else "",
        verb=row.verb,
        asked_by=row.asked_by,
        asked_role=row.asked_role,
        asked_via=row.asked_via,
        reason=row.reason if told else "",
        asked_at=iso(Instant(row.asked_ms)),
        until=iso(Instant(row.until_ms)),
        state=row.state if is_open or row.state != OPEN else approving.EXPIRED,
        decided_by=row.decided_by,
        decided_at=iso_or_none(row.decided_ms),
        method=row.method,
        words=row.words if told or row.method == approving.BREAK_GLASS else "",
        review_until=iso(Instant((row.decided_ms or 0) + REVIEWED_WITHIN_MS)) if unreviewed else None,
        reviewed_by=row.reviewed_by,
        reviewed_at=iso_or_none(row.reviewed_ms),
        finding=row.finding if told else "",
        mine_to_approve=is_open and may and not mine,
        mine_to_review=unreviewed and may and row.decided_by != looks.name,
        mine=mine,
    )


def is_for(row: PendingRow, looks: Onlooker, now: Instant) -> bool:
    """Tell whether an act waits for this onlooker, to be approved or reviewed."""
    is_open = row.state == OPEN and row.until_ms > now
    unreviewed = row.method == approving.BREAK_GLASS and row.reviewed_ms is None
    mine = (is_open and row.asked_by != looks.name) or (unreviewed and row.decided_by != looks.name)
    return mine and _approves(row, looks)


def concerns(row: PendingRow, looks: Onlooker) -> bool:
    """Tell whether an onlooker asked for an act, may approve it, or owns the node."""
    return row.asked_by == looks.name or looks.is_owner or _approves(row, looks)


def _approves(row: PendingRow, looks: Onlooker) -> bool:
    return row.verb in RULES and not looks.roles.isdisjoint(RULES[row.verb].approvers)


def _lines(request: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Give a request field by field, without what is secret or no text; fields that say nothing are left out."""
    return tuple(
        (name, _words(value))
        for name, value in request.items()
        if name not in _HIDDEN and value not in (None, "", [], False)
    )


def _words(value: object) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= _LONGEST_SHOWN else words[:_LONGEST_SHOWN] + "…"


def _signed(payload: bytes) -> SignedText:
    act = codec.decode(payload)
    kind = act.kind if isinstance(act, codec.UnreadAct) else kind_of(act)
    return SignedText(kind=kind, text=payload.decode())
