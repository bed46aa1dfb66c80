"""Shows what needs whom now."""

from litestar import get

from comity.desk.node_status import StatusAnswer, StatusRequest
from comity.web.addresses import Call
from comity.web.pages import Page, page
from comity.web.visit import enter


@get("/")
async def now(request: Call) -> Page:
    """The first page."""
    visit = await enter(request)
    status = await visit.ask("node status", StatusRequest(), StatusAnswer)
    return page(request, visit, "now.html", here="now", status=status)


ROUTES = (now,)
