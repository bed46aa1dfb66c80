"""Takes what is asked for on an item's page: that it be erased, that a party may have it, that its originator is asked.

Most of it needs two persons. What other parties ask of this one is declined here, and granted like any grant.
"""

from http import HTTPStatus

from litestar import post
from litestar.params import FromPath

from comity.desk.ask_originator import MOST_LETTERS, AskOriginatorRequest, OriginatorAsked
from comity.desk.decline_release import DeclineReleaseRequest, ReleaseDeclined
from comity.desk.erase_item import EraseItemRequest, ItemErased
from comity.desk.grant_release import GrantReleaseRequest, ReleaseGranted
from comity.errors import UsageError
from comity.web.addresses import Call
from comity.web.pages import Page, see_other
from comity.web.visit import Form, enter_with_form

LONGEST_ORDERED_BY = LONGEST_OFFICE = 200


@post("/items/{item_id:str}/erase", status_code=HTTPStatus.OK)
async def erase(request: Call, item_id: FromPath[str]) -> Page:
    """Ask that an item be erased."""
    visit, form = await enter_with_form(request)
    visit.must_open("item erase")
    ordered_by = _said(form, "ordered_by")[:LONGEST_ORDERED_BY]
    asked = EraseItemRequest(id=item_id, reason=_said(form, "reason"), ordered_by=ordered_by)
    await visit.ask("item erase", asked, ItemErased)
    return see_other(visit, "/items")


@post("/items/{item_id:str}/grant", status_code=HTTPStatus.OK)
async def grant(request: Call, item_id: FromPath[str]) -> Page:
    """Ask that a party may have an own item in spite of originator control."""
    visit, form = await enter_with_form(request)
    visit.must_open("release grant")
    through = form.get("through", "").strip()
    asked = GrantReleaseRequest(
        ids=(item_id,),
        to=(_said(form, "to"),),
        through=(through,) if through else (),
        reason=_said(form, "reason"),
    )
    await visit.ask("release grant", asked, ReleaseGranted)
    return see_other(visit, f"/items/{item_id}")


@post("/items/{item_id:str}/ask", status_code=HTTPStatus.OK)
async def ask(request: Call, item_id: FromPath[str]) -> Page:
    """Ask the originator of an item to let it go on."""
    visit, form = await enter_with_form(request)
    visit.must_open("release ask")
    source, to = form.get("source", "").strip() or None, _said(form, "to")
    asked = AskOriginatorRequest(id=item_id, to=to, reason=_reason(form), source=source)
    await visit.ask("release ask", asked, OriginatorAsked)
    return see_other(visit, f"/items/{item_id}")


@post("/requests/{act:str}/decline", status_code=HTTPStatus.OK)
async def decline(request: Call, act: FromPath[str]) -> Page:
    """Decline what another party asked."""
    visit, form = await enter_with_form(request)
    visit.must_open("release decline")
    said = DeclineReleaseRequest(act=act, by=_said(form, "by")[:LONGEST_OFFICE], reason=_reason(form))
    await visit.ask("release decline", said, ReleaseDeclined)
    return see_other(visit, "/")


def _reason(form: Form) -> str:
    words = _said(form, "reason")
    if len(words) > MOST_LETTERS:
        raise UsageError("the reason is longer than {most} letters", most=MOST_LETTERS)
    return words


def _said(form: Form, name: str) -> str:
    words = form.get(name, "").strip()
    if not words:
        raise UsageError("a field that must be filled in is empty")
    return words


ROUTES = (erase, grant, ask, decline)
