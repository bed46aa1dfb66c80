"""Enters a collection that this node reads from another party's TAXII server, once that server has shown it."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING, carry_out
from comity.desk.far_collections import meant_by, root_of
from comity.desk.node_type import Node
from comity.desk.peers import PeerView, outbound_to, peer_view
from comity.desk.tls_pins import key_watched
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import directory, subscribing
from comity.stores.subscribing import NamedSubscription
from comity.values import Instant, JsonObject
from comity.wire.logins import write_login
from comity.wire.taxii_client import Collection, Login, TaxiiClient


class AddPeerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose server, and where: the URL of its discovery, of an API root, or of the collection itself."""

    party: str
    url: str
    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return f"AddPeerRequest(party={self.party!r}, url={self.url!r}, user={self.user!r})"


def add_peer(node: Node, actor: Actor, request: AddPeerRequest) -> PeerView:
    """Ask the server what it has for us, and read that from now on.

    Raises:
        NotFound: no such party, or nothing to read there. UsageError: several collections, a bad URL, or the node's
        own party. Conflict: it is read already. NotPermitted, Unauthenticated, Unreachable, RecordRejected, Busy: what
        the server or the way to it says.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("peer add is not open to the role {role}", role=actor.role)
    login = Login(user=request.user, password=request.password, token=request.token)
    with node.store.read() as tx:
        meant = directory.party_named(tx, request.party)
    if meant is None:
        raise NotFound("no party {party}: add it first", party=request.party)
    way = outbound_to(node, meant.no, request.url)
    with key_watched(node, meant.no), TaxiiClient(way, request.url, login, dial=node.dial) as client:
        readable, inbox = _chosen(client.collections(root_of(request.url)), request.url)

    def work(tx: Connection, now: Instant) -> tuple[PeerView, JsonObject]:
        party = directory.party_named(tx, request.party)
        if party is None:
            raise NotFound("no party {party}: add it first", party=request.party)
        if party.is_self:
            raise UsageError("a node does not read from itself")
        if any(named.row.url == readable.url for named in subscribing.all_subscriptions(tx)):
            raise Conflict("{url} is read already", url=readable.url)
        row = subscribing.subscribe(tx, party.no, readable.url, inbox, now)
        # Before the row is durable: a row without its login would sign in as nobody.
        write_login(node.folder, row.no, login)
        return peer_view(tx, NamedSubscription(party.name, row)), {"party": party.name, "url": readable.url}

    shown = msgspec.structs.replace(request, password="", token="")  # what is remembered holds no secret
    return carry_out(node, actor, "peer add", shown, PeerView, work)


def _chosen(collections: Sequence[Collection], url: str) -> tuple[Collection, str | None]:
    readable = meant_by(url, [one for one in collections if one.can_read])
    if readable is None:
        raise NotFound("the server shows no collection that this user may read")
    writable = [one for one in collections if one.can_write]
    beside = [one for one in writable if one.id == readable.id] or writable
    return readable, beside[0].url if len(beside) == 1 else None
