"""Takes what is asked for on an item's page: that it be erased, or that a party may have it. Most of it needs two."""

from http import HTTPStatus

from litestar import post
from litestar.params import FromPath

from comity.desk.erase_item import EraseItemRequest, ItemErased
from comity.desk.grant_release import GrantReleaseRequest, ReleaseGranted
from comity.errors import UsageError
from comity.web.addresses import Call
from comity.web.pages import Page, see_other
from comity.web.visit import Form, enter_with_form

LONGEST_ORDERED_BY = 200


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
    asked = GrantReleaseRequest(ids=(item_id,), to=(_said(form, "to"),), reason=_said(form, "reason"))
    await visit.ask("release grant", asked, ReleaseGranted)
    return see_other(visit, f"/items/{item_id}")


def _said(form: Form, name: str) -> str:
    words = form.get(name, "").strip()
    if not words:
        raise UsageError("a field that must be filled in is empty")
    return words


ROUTES = (erase, grant)
