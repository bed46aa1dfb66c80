"""Shows the accounts of the people at a node, and takes what an administrator does with them."""

from http import HTTPStatus
from typing import Literal

from litestar import get, post
from litestar.params import FromPath

from comity.desk.accounts import ROLES, AccountInvited, AccountView
from comity.desk.actor import PersonRole
from comity.desk.add_account import AddAccountRequest
from comity.desk.change_account import AccountChanged, ChangeAccountRequest
from comity.desk.list_accounts import AccountList, ListAccountsRequest
from comity.desk.recover_account import (
    ListRecoveriesRequest,
    RecoverAccountRequest,
    Recovered,
    RecoveryList,
    RecoveryView,
)
from comity.errors import NotFound
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.administration_pages import tabs_for
from comity.web.directory import directory_for
from comity.web.frame import listed as in_words
from comity.web.frame import role_name
from comity.web.pages import Page, page, see_other
from comity.web.visit import Form, Visit, enter, enter_with_form

Step = Literal["ask", "second", "cancel", "complete"]
Change = Literal["roles", "disable", "enable", "invite", "sign-out"]
STEPS: tuple[Step, ...] = ("ask", "second", "cancel", "complete")
CHANGES: tuple[Change, ...] = ("roles", "disable", "enable", "invite", "sign-out")


@get("/administration/users")
async def users(request: Call) -> Page:
    """List the accounts."""
    visit = await enter(request)
    visit.must_open("account list")
    listed = await visit.ask("account list", ListAccountsRequest(), AccountList)
    recoveries = await visit.ask("account recoveries", ListRecoveriesRequest(), RecoveryList)
    with speaking(visit.language):
        named = [(one, in_words(role_name(role) for role in one.roles)) for one in listed.accounts]
    return page(
        request,
        visit,
        "users.html",
        tabs=tabs_for(visit),
        tab="users",
        accounts=named,
        active=sum(1 for one in listed.accounts if one.state == "active"),
        recoveries=recoveries.recoveries,
        roles=_roles(visit),
        may_change=visit.opens("account change"),
        parties=await directory_for(visit),
    )


@post("/administration/users", status_code=HTTPStatus.OK)
async def add(request: Call) -> Page:
    """Make an account, and show its one-time code this once."""
    visit, form = await enter_with_form(request)
    visit.must_open("account add")
    asked = AddAccountRequest(
        name=form.get("name", "").strip().lower(),
        title=form.get("title", ""),
        roles=_roles_in(form),
        party=form.get("party") or None,
    )
    return _invitation(request, visit, await visit.ask("account add", asked, AccountInvited))


@get("/administration/users/{name:str}")
async def user(request: Call, name: FromPath[str]) -> Page:
    """Show one account with what can be done about it."""
    visit = await enter(request)
    visit.must_open("account list")
    one, recovery = await _account(visit, name), await _recovery(visit, name)
    me = visit.person.name if visit.person is not None else ""
    with speaking(visit.language):
        roles = in_words(role_name(role) for role in one.roles)
    return page(
        request,
        visit,
        "user.html",
        tabs=tabs_for(visit),
        tab="users",
        account=one,
        held=roles,
        recovery=recovery,
        me=me,
        is_mine=one.name == me,
        roles=[one for one in _roles(visit) if one[0] != "guest"],
        may_change=visit.opens("account change") and one.name != me,
        parties=await directory_for(visit),
        delay_h=visit.door.node.settings.recovery_delay_h,
    )


@post("/administration/users/{name:str}/change/{change:str}", status_code=HTTPStatus.OK)
async def change(request: Call, name: FromPath[str], change: FromPath[str]) -> Page:
    """Change an account: its roles, whether it is open, its sessions, or its invitation."""
    visit, form = await enter_with_form(request)
    visit.must_open("account change")
    what = next((one for one in CHANGES if one == change), None)
    if what is None:
        raise NotFound("no such page")
    asked = ChangeAccountRequest(name=name, change=what, roles=_roles_in(form) if what == "roles" else ())
    changed = await visit.ask("account change", asked, AccountChanged)
    if changed.invitation is not None:
        return _invitation(request, visit, changed.invitation)
    return see_other(visit, f"/administration/users/{changed.account.name}")


@post("/administration/users/{name:str}/recovery/{step:str}", status_code=HTTPStatus.OK)
async def recovery(request: Call, name: FromPath[str], step: FromPath[str]) -> Page:
    """Take the next step of a recovery."""
    visit, form = await enter_with_form(request)
    visit.must_open("account recover")
    what = next((one for one in STEPS if one == step), None)
    if what is None:
        raise NotFound("no such page")
    asked = RecoverAccountRequest(name=name, step=what, reason=form.get("reason", ""))
    told = await visit.ask("account recover", asked, Recovered)
    if told.invitation is not None:
        return _invitation(request, visit, told.invitation)
    return see_other(visit, f"/administration/users/{told.recovery.account}")


async def _account(visit: Visit, name: str) -> AccountView:
    listed = await visit.ask("account list", ListAccountsRequest(), AccountList)
    found = next((one for one in listed.accounts if one.name == name), None)
    if found is None:
        raise NotFound("no account {name}", name=name[:64])
    return found


async def _recovery(visit: Visit, name: str) -> RecoveryView | None:
    listed = await visit.ask("account recoveries", ListRecoveriesRequest(), RecoveryList)
    return next((one for one in listed.recoveries if one.account == name), None)


def _invitation(request: Call, visit: Visit, invited: AccountInvited) -> Page:
    return page(request, visit, "invitation.html", tabs=tabs_for(visit), tab="users", invited=invited)


def _roles(visit: Visit) -> list[tuple[PersonRole, str]]:
    with speaking(visit.language):
        return [(role, role_name(role)) for role in ROLES]


def _roles_in(form: Form) -> tuple[PersonRole, ...]:
    return tuple(role for role in ROLES if form.get(f"role-{role}"))


ROUTES = (users, add, user, change, recovery)
