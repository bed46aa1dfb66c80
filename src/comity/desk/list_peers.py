"""Lists what a node reads from others, and how that goes."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.peers import PeerView, peer_view, peers_of, seen_log
from comity.stores import subscribing


class ListPeersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all peers, or for those of one party."""

    party: str | None = None


class PeerList(msgspec.Struct, frozen=True, kw_only=True):
    """All peers, by party."""

    peers: tuple[PeerView, ...]


def list_peers(node: Node, actor: Actor, request: ListPeersRequest) -> PeerList:
    """Give every peer, by party.

    Raises:
        NotFound: nothing is read from the party named.
    """
    found = peers_of(node, request.party)
    with node.store.read() as tx:
        views = [
            peer_view(named, seen_log(tx, named.row.party_no), subscribing.skew_of(tx, named.row.no)) for named in found
        ]
    return PeerList(peers=tuple(views))
