"""Shows people their own account: roles, this session, passkeys, and a recovery that others asked for."""

from http import HTTPStatus

from litestar import get, post

from comity.desk.identities import identities_of, offers
from comity.desk.passkeys import passkeys_of
from comity.desk.recover_account import end_own_recovery, own_recovery
from comity.desk.sessions import is_fresh, sign_out_everywhere
from comity.errors import Unauthenticated
from comity.values import iso
from comity.web.addresses import Call
from comity.web.cookies import without_session
from comity.web.pages import Page, page, see_other
from comity.web.visit import enter, enter_with_form


@get("/account")
async def account(request: Call) -> Page:
    """Show the visitor's own account."""
    visit = await enter(request)
    person = visit.person
    if person is None:
        raise Unauthenticated("sign in first")
    held = await visit.door.door.reading(passkeys_of, visit.door.node, person)
    bound = await visit.door.door.reading(identities_of, visit.door.node, person)
    open_at = await visit.door.door.reading(offers, visit.door.node)
    return page(
        request,
        visit,
        "account.html",
        passkeys=held,
        identities=bound,
        offers=tuple(one for one in open_at if one.name not in {has.provider for has in bound}),
        fresh=is_fresh(person, visit.door.node.clock()),
        recovery=await visit.door.door.reading(own_recovery, visit.door.node, person),
        method=person.method,
        until=iso(person.until),
        passkeys_work=visit.base.has_name,
        notices=visit.opens("channel list"),
    )


@post("/account/sign-out-everywhere", status_code=HTTPStatus.OK)
async def everywhere(request: Call) -> Page:
    """End every session of the visitor."""
    visit, _ = await enter_with_form(request)
    if visit.person is not None:
        await visit.door.door.writing(sign_out_everywhere, visit.door.node, visit.person)
    return without_session(see_other(visit, "/sign-in"), visit)


@post("/account/end-recovery", status_code=HTTPStatus.OK)
async def end_recovery(request: Call) -> Page:
    """End the recovery of the visitor's own account."""
    visit, _ = await enter_with_form(request)
    if visit.person is not None:
        await visit.door.door.writing(end_own_recovery, visit.door.node, visit.person)
    return see_other(visit, "/account")


ROUTES = (account, everywhere, end_recovery)
