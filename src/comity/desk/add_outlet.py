"""Enters a collection at another party's TAXII server to which this node submits what that party may have."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING, carry_out
from comity.desk.far_collections import meant_by, root_of
from comity.desk.node_type import Node
from comity.desk.open_view import open_view
from comity.desk.outlets import OutletView, login_name, outlet_view
from comity.desk.peers import outbound
from comity.desk.sequence import settle
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import directory, outlets
from comity.stores.outlets import NamedOutlet
from comity.values import Instant, JsonObject
from comity.wire.logins import write_login
from comity.wire.taxii_client import Login, TaxiiClient

_EXERCISE = "EXERCISE"


class AddOutletRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose server, and where: the URL of its discovery, of an API root, or of the collection itself."""

    party: str
    url: str
    user: str = ""
    password: str = ""
    token: str = ""
    reason: str = ""  # for the second person, where one is needed

    def __repr__(self) -> str:
        return f"AddOutletRequest(party={self.party!r}, url={self.url!r}, user={self.user!r})"


def add_outlet(node: Node, actor: Actor, request: AddOutletRequest) -> OutletView:
    """Ask the server what it lets us write, and submit there from now on what the party may have.

    Raises:
        NotFound: no such party, or nothing to write there. UsageError: several collections, a bad URL, or the node's
        own party. Conflict: it is submitted to already, or one of the two is an exercise and the other is not.
        NotPermitted, Unauthenticated, Unreachable, RecordRejected, Busy: what the server or the way to it says.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("outlet add is not open to the role {role}", role=actor.role)
    login = Login(user=request.user, password=request.password, token=request.token)
    with TaxiiClient(outbound(node), request.url, login) as client:
        shown = client.collections(root_of(request.url))
        chosen = meant_by(request.url, [one for one in shown if one.can_write])
    if chosen is None:
        raise NotFound("the server shows no collection that this user may write")
    # What goes carries no mark of an exercise: the collection must say that it is one's.
    if chosen.title.upper().startswith(_EXERCISE) != node.settings.exercise:
        raise Conflict("exercise and live never mix: an exercise's collection says so at the begin of its title")

    def work(tx: Connection, now: Instant) -> tuple[OutletView, JsonObject]:
        party = directory.party_named(tx, request.party)
        if party is None:
            raise NotFound("no party {party}: add it first", party=request.party)
        if party.is_self:
            raise UsageError("a node does not submit to itself")
        if any(named.row.url == chosen.url for named in outlets.all_outlets(tx)):
            raise Conflict("{url} is submitted to already", url=chosen.url)
        open_view(node, tx, party.no, now)
        row = outlets.add_outlet(tx, party.no, chosen.url, now, readable=chosen.can_read)
        # Before the row is durable: a row without its login would sign in as nobody.
        write_login(node.folder, login_name(row.no), login)
        return outlet_view(tx, NamedOutlet(party.name, row), now), {"party": party.name, "url": chosen.url}

    told = msgspec.structs.replace(request, password="", token="")  # what is remembered holds no secret
    answer = carry_out(node, actor, "outlet add", told, OutletView, work)
    settle(node)
    return answer
