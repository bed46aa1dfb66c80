"""Gathers what needs somebody now: quarantine, alarms, silent peers, receipts that are due, clauses about to change.

Which of it is whose to act on follows from roles. It says how much and from whom, never what stands in an item.
"""

from collections.abc import Iterable, Mapping

import msgspec

from comity.desk.actor import Actor, PersonRole
from comity.desk.item_views import party_names
from comity.desk.list_acts import Onlooker, act_view
from comity.desk.list_alarms import AlarmView, alarm_view
from comity.desk.node_type import Node
from comity.desk.peers import PeerView, peer_view
from comity.desk.policy import standings_of
from comity.desk.recover_account import notices_in
from comity.rooms.release.changes import Coming, coming_changes
from comity.stores import alarming, approving, asked, noticing, registers, stating, subscribing
from comity.values import Instant, PartyName, iso

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
    """What needs somebody, the oldest first; what changes, the soonest first."""

    quarantine: tuple[HeldBack, ...]
    alarms: tuple[AlarmView, ...]
    receipts_due: tuple[ReceiptDue, ...]
    peers: tuple[PeerView, ...]
    changes: tuple[Coming, ...]
    read_only: str
    requests: int = 0  # of other parties to let items go on, not answered yet
    notices_given_up: int = 0  # channels whose last message did not get through


def show_desk(node: Node, actor: Actor, request: ShowDeskRequest) -> DeskShown:
    """Give all that needs somebody."""
    now, me = node.clock(), PartyName(node.settings.party)
    with node.store.read() as tx:
        names = party_names(tx)
        held = registers.quarantine_groups(tx)
        alarms = alarming.alarm_lines(tx)
        due = stating.unacknowledged(tx)
        peers = tuple(peer_view(tx, named) for named in subscribing.all_subscriptions(tx))
        changes = coming_changes(standings_of(tx), me, now, Instant(now + SOON_MS))
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
    )


def waiting_for(node: Node, name: str, roles: Iterable[PersonRole]) -> int:
    """Count the acts that wait for somebody of this name with these roles, as the first page shows them."""
    held, now = frozenset(roles), node.clock()
    looks = Onlooker(name, held, is_owner=False)
    with node.store.read() as tx:
        quarantine = bool(held & ACTS_ON["quarantine"] and registers.quarantine_count(tx))
        alarms = alarming.alarm_count(tx) if held & ACTS_ON["alarm"] else 0
        requests = asked.open_count(tx) if held & ACTS_ON["request"] else 0
        acts = [act_view(row, looks, now) for row in (*approving.open_pendings(tx, now), *approving.unreviewed(tx))]
        recoveries = sum(one.turn != "told" for one in notices_in(tx, name, held, now))
    mine = sum(one.mine_to_approve or one.mine_to_review for one in acts)
    return int(quarantine) + alarms + recoveries + requests + mine
