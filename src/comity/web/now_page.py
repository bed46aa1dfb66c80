"""Shows what needs whom now, and takes what was found about an alarm."""

from http import HTTPStatus

from litestar import get, post
from litestar.params import FromPath

from comity.desk.clear_alarm import ClearAlarmRequest
from comity.desk.list_acts import ActList, ListActsRequest
from comity.desk.list_alarms import AlarmView
from comity.desk.list_quarantine import ListQuarantineRequest, QuarantineList
from comity.desk.recover_account import recovery_notices
from comity.desk.release_requests import ListRequestsRequest, RequestList
from comity.desk.show_desk import ACTS_ON, DeskShown, ShowDeskRequest
from comity.errors import UsageError
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.pages import Page, page, see_other
from comity.web.visit import enter, enter_with_form

QUARANTINE_PAGE = 100
REQUESTS_SHOWN = 20
_MOST_DIGITS = 18


@get("/")
async def now(request: Call) -> Page:
    """The first page."""
    visit = await enter(request)
    if visit.opens("guest show"):
        return see_other(visit, "/guest")
    desk = await visit.ask("desk show", ShowDeskRequest(), DeskShown)
    acts = await visit.ask("act list", ListActsRequest(), ActList)
    name = visit.person.name if visit.person is not None else ""
    recoveries = await visit.door.door.reading(recovery_notices, visit.door.node, name, visit.roles)
    requests = RequestList(received=(), made=())
    if visit.opens("release requests"):
        requests = await visit.ask("release requests", ListRequestsRequest(limit=REQUESTS_SHOWN), RequestList)
    mine = {what: bool(roles & set(visit.roles)) for what, roles in ACTS_ON.items()}
    return page(
        request,
        visit,
        "now.html",
        here="now",
        desk=desk,
        mine=mine,
        requests=[one for one in requests.received if one.state == "asked"] if mine["request"] else [],
        more_requests=max(0, requests.waiting - len(requests.received)) if mine["request"] else 0,
        waits_elsewhere=[one for one in requests.made if one.state == "asked"],
        recoveries=[one for one in recoveries if one.turn != "told"],
        recoveries_of_others=[one.recovery for one in recoveries if one.turn == "told"],
        approvals=sorted(
            (one for one in acts.acts if one.mine_to_approve or one.mine_to_review),
            key=lambda one: one.review_until or one.until,
        ),
        acts_of_others=[one for one in acts.acts if not one.mine_to_approve and not one.mine_to_review],
        held=sum(one.count for one in desk.quarantine),
        silent=[one for one in desk.peers if one.state == "failing"],
        parties=await directory_for(visit),
    )


@get("/quarantine")
async def quarantine(request: Call) -> Page:
    """What is in quarantine."""
    visit = await enter(request)
    after = number(request.query_params.get("after", "0"))
    listed = await visit.ask(
        "quarantine list", ListQuarantineRequest(after=after, limit=QUARANTINE_PAGE), QuarantineList
    )
    return page(request, visit, "quarantine.html", here="now", listed=listed, parties=await directory_for(visit))


@post("/alarms/{alarm_no:str}/clear", status_code=HTTPStatus.OK)
async def clear(request: Call, alarm_no: FromPath[str]) -> Page:
    """Note that an alarm was looked into."""
    visit, form = await enter_with_form(request)
    asked = ClearAlarmRequest(number=number(alarm_no), reason=form.get("finding", ""))
    await visit.ask("peer clear", asked, AlarmView)
    return see_other(visit, "/")


def number(text: str) -> int:
    """Read a number out of an address.

    Raises:
        UsageError: it is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise UsageError("this address holds no number where one belongs")
    return int(text)


ROUTES = (now, quarantine, clear)
