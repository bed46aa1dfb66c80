"""Rests the reading of a peer, takes it up again, or ends it; what came from the peer stays."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.peers import PeerView, peer_view, peers_of
from comity.stores import subscribing
from comity.stores.subscribing import NamedSubscription
from comity.values import Instant, JsonObject
from comity.wire.logins import forget_login


class ChangePeerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with all that is read from a party."""

    party: str
    what: Literal["pause", "resume", "drop"]


class PeersChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The subscriptions as they are now; as they were, if they were dropped."""

    peers: tuple[PeerView, ...]


def change_peer(node: Node, actor: Actor, request: ChangePeerRequest) -> PeersChanged:
    """Pause, resume or drop.

    Raises:
        NotFound: nothing is read from this party.
    """
    found = peers_of(node, request.party)

    def work(tx: Connection, now: Instant) -> tuple[PeersChanged, JsonObject]:
        for named in found:
            if request.what == "drop":
                subscribing.unsubscribe(tx, named.row.no)
            else:
                subscribing.set_paused(tx, named.row.no, now, paused=request.what == "pause")
        changed = [(named.party, subscribing.subscription(tx, named.row.no) or named.row) for named in found]
        views = tuple(peer_view(tx, NamedSubscription(*pair)) for pair in changed)
        return PeersChanged(peers=views), {"party": request.party, "what": request.what}

    answer = carry_out(node, actor, "peer change", request, PeersChanged, work)
    if request.what == "drop":
        for named in found:
            forget_login(node.folder, named.row.no)
    return answer
