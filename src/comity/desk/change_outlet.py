"""Rests an outlet, takes it up again, or ends it; what was submitted lies there, and is known here, for good."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.outlet_lines import AT_ONCE
from comity.desk.outlets import OutletView, login_name, outlet_view, outlets_of
from comity.stores import outlets, submitting
from comity.stores.outlets import NamedOutlet
from comity.values import Instant, JsonObject
from comity.wire.logins import forget_login


class ChangeOutletRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with all that is submitted to a party. Resumed, what was not taken is in line again."""

    party: str
    what: Literal["pause", "resume", "drop"]


class OutletsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The outlets as they are now; as they were, if they were dropped."""

    outlets: tuple[OutletView, ...]


def change_outlet(node: Node, actor: Actor, request: ChangeOutletRequest) -> OutletsChanged:
    """Pause, resume or drop.

    Raises:
        NotFound: nothing is submitted to this party.
    """
    found = outlets_of(node, request.party)

    def work(tx: Connection, now: Instant) -> tuple[OutletsChanged, JsonObject]:
        for named in found:
            no = named.row.no
            match request.what:
                case "drop":
                    outlets.drop(tx, no, now)
                case "pause":
                    outlets.set_paused(tx, no, now, paused=True)
                case "resume":
                    outlets.set_paused(tx, no, now, paused=False)
                    submitting.try_again(tx, no, AT_ONCE, now)
        views = tuple(outlet_view(tx, NamedOutlet(one.party, outlets.outlet(tx, one.row.no)), now) for one in found)
        return OutletsChanged(outlets=views), {"party": request.party, "what": request.what}

    answer = carry_out(node, actor, "outlet change", request, OutletsChanged, work)
    if request.what == "drop":
        for named in found:
            forget_login(node.folder, login_name(named.row.no))
    return answer
