"""Gathers what needs somebody now: quarantine, alarms, silent peers, receipts that are due, clauses about to change.

Which of it is whose to act on follows from roles. It says how much and from whom, never what stands in an item.
"""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor, PersonRole
from comity.desk.item_views import party_names
from comity.desk.list_acts import Onlooker, is_for
from comity.desk.list_alarms import AlarmView, alarm_view
from comity.desk.node_type import Node
from comity.desk.peers import PeerView, peer_view
from comity.desk.policy import standings_of
from comity.desk.recover_account import notices_in
from comity.desk.two_persons import RULES
from comity.rooms.release.changes import Coming, coming_changes
from comity.rooms.release.standing import next_change
from comity.stores import alarming, approving, asked, noticing, policies, registers, stating, subscribing
from comity.values import Instant, PartyName, iso, iso_or_none

SOON_MS = 14 * 24 * 3_600_000
# Whose to act: the roles that an entry of the first page is in red for.
ACTS_ON: Mapping[str, frozenset[PersonRole]] = {
    "quarantine": frozenset(("duty-officer", "analyst")),
    "alarm": frozenset(("duty-officer", "directory-officer")),
    "request": frozenset(("releaser",)),
}


class ShowDeskRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class HeldBack(msgspec.Struct, frozen=True, kw_only=True):
    """What quarantine holds from one source for one reason."""

    source: str
    reason: str
    count: int
    oldest_at: str


class ReceiptDue(msgspec.Struct, frozen=True, kw_only=True):
    """Statements of deliveries that a party's node has not acknowledged as stored."""

    party: str
    statements: int
    since: str


class DeskShown(msgspec.Struct, frozen=True, kw_only=True):
    """What needs somebody, the oldest first; what changes, the soonest first.

    `counted_at`: when quarantine and receipts due were counted, the earlier of both, if that was not just now.
    """

    quarantine: tuple[HeldBack, ...]
    alarms: tuple[AlarmView, ...]
    receipts_due: tuple[ReceiptDue, ...]
    peers: tuple[PeerView, ...]
    changes: tuple[Coming, ...]
    read_only: str
    requests: int = 0  # of other parties to let items go on, not answered yet
    notices_given_up: int = 0  # channels whose last message did not get through
    counted_at: str | None = None


def show_desk(node: Node, actor: Actor, request: ShowDeskRequest) -> DeskShown:
    """Give all that needs somebody."""
    now, me = node.clock(), PartyName(node.settings.party)
    with node.store.read() as tx:
        names = party_names(tx)
        held, held_at = node.store.tallies.of("quarantine", now, lambda: registers.quarantine_groups(tx))
        alarms = alarming.alarm_lines(tx)
        due, due_at = node.store.tallies.of("receipts due", now, lambda: stating.unacknowledged(tx))
        peers = tuple(peer_view(tx, named) for named in subscribing.all_subscriptions(tx))
        standings = standings_of(tx)
        near = [one for one in standings if (next_change([one], now) or policies.FOR_EVER) <= now + SOON_MS]
        changes = coming_changes(near, me, now, Instant(now + SOON_MS))
        requests = asked.open_count(tx)
        given_up = noticing.given_up_count(tx)
    return DeskShown(
        quarantine=tuple(
            HeldBack(
                source=names.get(row.source_no, ""),
                reason=row.reason,
                count=row.lines,
                oldest_at=iso(Instant(row.oldest_ms)),
            )
            for row in held
        ),
        alarms=tuple(map(alarm_view, alarms)),
        receipts_due=tuple(
            ReceiptDue(party=party, statements=count, since=iso(Instant(since))) for party, count, since in due
        ),
        peers=peers,
        changes=changes,
        read_only=node.store.read_only,
        requests=requests,
        notices_given_up=given_up,
        counted_at=iso_or_none(min((at for at in (held_at, due_at) if at is not None), default=None)),
    )


def waiting_for(node: Node, name: str, roles: Iterable[PersonRole]) -> int:
    """Count the acts that wait for somebody of this name with these roles, as the first page shows them."""
    with node.store.read() as tx:
        return waiting_in(node, tx, name, roles)


def waiting_in(node: Node, tx: Connection, name: str, roles: Iterable[PersonRole]) -> int:
    """The same within a transaction."""
    held, now = frozenset(roles), node.clock()
    looks = Onlooker(name, held, is_owner=False)
    quarantine = bool(held & ACTS_ON["quarantine"]) and not registers.is_quarantine_empty(tx)
    alarms = alarming.alarm_count(tx) if held & ACTS_ON["alarm"] else 0
    requests = asked.open_count(tx) if held & ACTS_ON["request"] else 0
    approves = any(held & rule.approvers for rule in RULES.values())
    acts = sum(is_for(row, looks, now) for row in approving.waiting(tx, now)) if approves else 0
    recoveries = sum(one.turn != "told" for one in notices_in(tx, name, held, now))
    return int(quarantine) + alarms + recoveries + requests + acts
