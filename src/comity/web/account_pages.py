"""Shows people their own account: roles, this session, passkeys."""

from litestar import get

from comity.desk.passkeys import passkeys_of
from comity.errors import Unauthenticated
from comity.values import iso
from comity.web.addresses import Call
from comity.web.pages import Page, page
from comity.web.visit import enter


@get("/account")
async def account(request: Call) -> Page:
    """Show the visitor's own account."""
    visit = await enter(request)
    person = visit.person
    if person is None:
        raise Unauthenticated("sign in first")
    held = await visit.door.door.reading(passkeys_of, visit.door.node, person)
    return page(
        request,
        visit,
        "account.html",
        passkeys=held,
        method=person.method,
        until=iso(person.until),
        passkeys_work=visit.base.has_name,
    )


ROUTES = (account,)
