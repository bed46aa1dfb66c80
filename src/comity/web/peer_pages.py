"""Shows how reading from others goes, and what others have acknowledged of what they were given."""

from litestar import get

from comity.desk.show_desk import DeskShown, ShowDeskRequest
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.pages import Page, page
from comity.web.visit import enter


@get("/peers")
async def peers(request: Call) -> Page:
    """List the peers with their health."""
    visit = await enter(request)
    desk = await visit.ask("desk show", ShowDeskRequest(), DeskShown)
    return page(
        request,
        visit,
        "peers.html",
        here="peers",
        desk=desk,
        silent=[one for one in desk.peers if one.state == "failing"],
        parties=await directory_for(visit),
    )


ROUTES = (peers,)
