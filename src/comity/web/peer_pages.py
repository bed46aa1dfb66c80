"""Shows how reading from others goes, and what others have acknowledged of what they were given."""

from typing import NamedTuple

from litestar import get

from comity.desk.list_peers import ListPeersRequest, PeerList
from comity.desk.peer_lags import HOURS, LagPoint, PeerLag, first_hour
from comity.desk.show_desk import DeskShown, ShowDeskRequest
from comity.values import instant
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.drawing import hours
from comity.web.pages import Page, page
from comity.web.visit import enter


class LagSum(NamedTuple):
    """A peer's week in one line: how far behind in the last hour that has any, and at most."""

    party: str
    last_ms: int | None
    most_ms: int | None
    most_at: str
    tries: int
    failures: int
    objects: int


@get("/peers")
async def peers(request: Call) -> Page:
    """List the peers with their health."""
    visit = await enter(request)
    desk = await visit.ask("desk show", ShowDeskRequest(), DeskShown)
    lags = (await visit.ask("peer list", ListPeersRequest(), PeerList)).lags
    parties, first = await directory_for(visit), first_hour(visit.door.node.clock())
    chart = hours([(parties.title(one.party), [_place(point) for point in one.hours]) for one in lags], first, HOURS)
    return page(
        request,
        visit,
        "peers.html",
        here="peers",
        desk=desk,
        silent=[one for one in desk.peers if one.state == "failing"],
        parties=parties,
        chart=chart,
        lags=[_summed(one) for one in lags],
    )


def _place(point: LagPoint) -> tuple[int, int | None, bool]:
    return int(instant(point.hour)), point.behind_s, point.failures > 0


def _summed(lag: PeerLag) -> LagSum:
    worst = max(lag.hours, key=lambda one: -1 if one.behind_s is None else one.behind_s)
    return LagSum(
        party=lag.party,
        last_ms=None if (last := lag.hours[-1].behind_s) is None else last * 1_000,
        most_ms=None if worst.behind_s is None else worst.behind_s * 1_000,
        most_at=worst.hour,
        tries=sum(one.tries for one in lag.hours),
        failures=sum(one.failures for one in lag.hours),
        objects=sum(one.objects for one in lag.hours),
    )


ROUTES = (peers,)
