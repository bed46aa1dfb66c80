"""Lists what a node reads from others and submits to them, and how it stands with each party whose key it accepted."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.list_alarms import AlarmView, alarm_view
from comity.desk.node_type import Node
from comity.desk.outlets import OutletView, outlet_view
from comity.desk.peer_lags import PeerLag, lags_of
from comity.desk.peers import PeerView, peer_view
from comity.errors import NotFound
from comity.stores import alarming, directory, outlets, stating, subscribing, trusting, work
from comity.stores.directory import PartyRow
from comity.values import Instant, iso


class ListPeersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all peers, or for those of one party."""

    party: str | None = None


class PeerStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with a party. `accepted_at`: when its root key was accepted; none: it is a plain server's party.

    `stated`: statements made for it; `lacking`: something delivered to it is not stated yet; `acknowledged`: statements
    that its node says it has stored. `waiting`: acts in line for it. `unposted`: this node's own receipts for it, which
    leave when it has an inbox that this node may post to.
    """

    party: str
    accepted_at: str | None
    accepted_by: str | None
    stated: int
    lacking: bool
    acknowledged: int
    waiting: int
    unposted: int
    alarms: tuple[AlarmView, ...]


class PeerList(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read and all to which is submitted, by party; and the parties read from or with accepted key.

    `lags`: how far behind each collection was, hour by hour over the last week.
    """

    peers: tuple[PeerView, ...]
    parties: tuple[PeerStanding, ...]
    outlets: tuple[OutletView, ...] = ()
    lags: tuple[PeerLag, ...] = ()


def list_peers(node: Node, actor: Actor, request: ListPeersRequest) -> PeerList:
    """Give every peer, by party.

    Raises:
        NotFound: nothing is read from the party named nor submitted to it, and its key is not accepted.
    """
    now = node.clock()
    with node.store.read() as tx:
        read = [named for named in subscribing.all_subscriptions(tx) if request.party in (None, named.party)]
        met = {name for name in trusting.accepted_parties(tx) if request.party in (None, name)}
        wanted = met | {named.party for named in read}
        there = [named for named in outlets.all_outlets(tx) if request.party in (None, named.party)]
        if request.party is not None and not wanted and not there:
            raise NotFound(
                "nothing is read from {party} and its key is not accepted: add it with `comity peer add`",
                party=request.party,
            )
        lacking = frozenset(reader.party for reader in stating.lacking_readers(tx))
        return PeerList(
            peers=tuple(peer_view(tx, named) for named in read),
            parties=tuple(_standing(tx, row, lacking) for row in directory.party_rows(tx) if row.name in wanted),
            outlets=tuple(outlet_view(tx, named, now) for named in there),
            lags=lags_of(tx, read, now),
        )


def _standing(tx: Connection, party: PartyRow, lacking: frozenset[str]) -> PeerStanding:
    peer = trusting.peer_of(tx, party.no)
    counts = peer is not None and peer.state == trusting.ACCEPTED
    stated, acknowledged = stating.stream_state(tx, party.no)
    return PeerStanding(
        party=party.name,
        accepted_at=iso(Instant(peer.accepted_ms)) if peer is not None and counts else None,
        accepted_by=peer.accepted_by if peer is not None and counts else None,
        stated=stated,
        lacking=party.name in lacking,
        acknowledged=acknowledged,
        waiting=work.count_waiting(tx, party.name, work.ACT_MESSAGE),
        unposted=work.count_waiting(tx, party.name, work.RECEIPT_MESSAGE),
        alarms=tuple(map(alarm_view, alarming.alarm_lines(tx, party.name))),
    )
