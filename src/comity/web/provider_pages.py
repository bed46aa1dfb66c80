"""Shows the identity providers of a node, and takes what an administrator does with them."""

from http import HTTPStatus

from litestar import get, post
from litestar.params import FromPath

from comity.desk.identity_providers import (
    AddProviderRequest,
    ChangeProviderRequest,
    ListProvidersRequest,
    ProviderList,
    ProviderRemoved,
    ProviderView,
    RemoveProviderRequest,
)
from comity.desk.sessions import is_fresh, must_be_fresh
from comity.errors import NotFound, Unauthenticated
from comity.web.addresses import Call
from comity.web.administration_pages import tabs_for
from comity.web.pages import Page, page, see_other
from comity.web.visit import Form, Visit, enter, enter_with_form


@get("/administration/providers")
async def providers(request: Call) -> Page:
    """List the identity providers."""
    visit = await enter(request)
    visit.must_open("provider list")
    listed = await visit.ask("provider list", ListProvidersRequest(), ProviderList)
    fresh = visit.person is not None and is_fresh(visit.person, visit.door.node.clock())
    return page(
        request, visit, "providers.html", tabs=tabs_for(visit), tab="providers", providers=listed.providers,
        may_change=visit.opens("provider add"), fresh=fresh, returns=f"{visit.base.origin}{visit.base.path}",
    )  # fmt: skip


@post("/administration/providers", status_code=HTTPStatus.OK)
async def add(request: Call) -> Page:
    """Add a provider."""
    visit, form = await _enter(request, "provider add")
    asked = AddProviderRequest(
        name=form.get("name", "").strip().lower(),
        title=form.get("title", ""),
        issuer=form.get("issuer", "").strip(),
        client_id=form.get("client_id", "").strip(),
        secret=form.get("secret", "").strip(),
        acr=tuple(form.get("acr", "").split()),
        origins=tuple(form.get("origins", "").split()),
    )
    await visit.ask("provider add", asked, ProviderView)
    return see_other(visit, "/administration/providers")


@post("/administration/providers/{name:str}/{change:str}", status_code=HTTPStatus.OK)
async def change(request: Call, name: FromPath[str], change: FromPath[str]) -> Page:
    """Give a provider a new secret, or remove it."""
    if change == "secret":
        visit, form = await _enter(request, "provider change")
        asked = ChangeProviderRequest(name=name, secret=form.get("secret", "").strip())
        await visit.ask("provider change", asked, ProviderView)
    elif change == "remove":
        visit, _ = await _enter(request, "provider remove")
        await visit.ask("provider remove", RemoveProviderRequest(name=name), ProviderRemoved)
    else:
        visit, _ = await enter_with_form(request)
        raise NotFound("no such page")
    return see_other(visit, "/administration/providers")


async def _enter(request: Call, verb: str) -> tuple[Visit, Form]:
    visit, form = await enter_with_form(request)
    visit.must_open(verb)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    must_be_fresh(visit.person, visit.door.node.clock())
    return visit, form


ROUTES = (providers, add, change)
