"""Shows a guest the first page: what is new for their party since the last visit, and what awaits its answer."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.guests import Guest, guest_of
from comity.desk.node_type import Node
from comity.desk.read_view import refuse_stale
from comity.desk.receipt_views import ReceiptView, receipt_view
from comity.desk.released_rows import ReleasedItem, described, is_released, newest
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.kinds import Erasure, Retraction
from comity.stores import answering, directory, guests
from comity.stores.guests import ToldAct
from comity.values import Instant, iso, iso_or_none

NEWEST = 20
MOST_ACTS, MOST_NAMED = 200, 50
MOST_ANSWERS = 500  # the latest, among which those that promise another are looked for
_ASKING = (kind_of(Retraction), kind_of(Erasure))
_CLOSING = ("accepted", "declined")


class ShowGuestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class AskedOfGuest(msgspec.Struct, frozen=True, kw_only=True):
    """What awaits an answer of the party: an act that takes back or erases, or an answer that it promised itself.

    `what`: retraction, erasure or promise. `items`: the ids that it names. `due`: by when, if anything says so.
    """

    id: str
    what: str
    reason: str
    since: str
    due: str | None
    overdue: bool
    items: tuple[str, ...] = ()


class GuestShown(msgspec.Struct, frozen=True, kw_only=True):
    """The first page. `visited_before`: the visit before this one; what came since is new, none at the first."""

    party: str
    title: str
    given_by_title: str
    visited_before: str | None
    awaiting: tuple[AskedOfGuest, ...]
    items: tuple[ReleasedItem, ...]


def show_guest(node: Node, actor: Actor, request: ShowGuestRequest) -> GuestShown:
    """Give the first page.

    Raises:
        NotPermitted: no guest asks. Busy: the clauses that concern the party are changing.
    """
    now = node.clock()
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
        refuse_stale(tx, guest.reader, now)
        rows = newest(node, tx, guest, limit=NEWEST, now=now).rows
        own = directory.party_named(tx, guest.party)
        awaiting = [*_acts(tx, guest, now), *_promised(node, tx, guest, now)]
        return GuestShown(
            party=guest.party,
            title=guest.party if own is None else own.title,
            given_by_title=node.settings.title,
            visited_before=iso_or_none(guest.before_ms),
            awaiting=tuple(sorted(awaiting, key=lambda one: (one.due is None, one.due or "", one.since))),
            items=described(node, tx, guest, rows, now),
        )


def asking_acts(tx: Connection, guest: Guest) -> list[ToldAct]:
    """Give the acts that ask something of a guest's party, the newest first."""
    return guests.acts_for(tx, guest.party_no, _ASKING, MOST_ACTS)


def _acts(tx: Connection, guest: Guest, now: Instant) -> list[AskedOfGuest]:
    """Give the acts that nobody of the party has accepted or declined."""
    found = []
    for told in asking_acts(tx, guest):
        payload = dsse.unverified_payload(told.envelope)  # the node's own
        act = codec.decode(payload)
        if not isinstance(act, Retraction | Erasure):
            continue
        said = answering.answers_on(tx, [bytes.fromhex(codec.digest(payload))])
        views = [one for one in map(receipt_view, said) if one is not None and one.party == guest.party]
        if any(one.level in _CLOSING for one in views):
            continue
        due = _promise(views) or act.deadline
        found.append(
            AskedOfGuest(
                id=told.stix_id,
                what="retraction" if isinstance(act, Retraction) else "erasure",
                reason=act.reason,
                since=iso(Instant(told.kept_ms)),
                due=due,
                overdue=due is not None and due < iso(now),
                items=tuple(one.id for one in act.items[:MOST_NAMED]) if isinstance(act, Retraction) else (),
            )
        )
    return found


def _promised(node: Node, tx: Connection, guest: Guest, now: Instant) -> list[AskedOfGuest]:
    """Give the items on which the party's last word is that it needs time, while they are released to it."""
    last: dict[str, ReceiptView] = {}
    for one in answering.latest_answers(tx, MOST_ANSWERS, guest.party):
        view = receipt_view(one)
        if view is not None:
            last.setdefault(view.about, view)
    asking = {one.stix_id for one in asking_acts(tx, guest)}
    return [
        AskedOfGuest(
            id=about,
            what="promise",
            reason=view.reason or "",
            since=view.kept_at,
            due=view.until,
            overdue=view.until is not None and view.until < iso(now),
        )
        for about, view in last.items()
        if view.level == "need-time" and about not in asking and is_released(node, tx, guest, about, now)
    ]


def _promise(views: list[ReceiptView]) -> str | None:
    """Give the time that the party has asked for last, if its last word is that."""
    return views[-1].until if views and views[-1].level == "need-time" else None
