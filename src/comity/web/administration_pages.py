"""Shows how the node is run: its keys, settings and the doctor's findings; takes what is asked for on its keys."""

from http import HTTPStatus
from typing import NamedTuple

from litestar import get, post

from comity.desk.doctor import DoctorAnswer, DoctorRequest
from comity.desk.revoke_key import RevokeKeyRequest
from comity.desk.rotate_key import RotateKeyRequest
from comity.desk.show_keys import KeysShown, ShowKeysRequest
from comity.desk.show_settings import SettingsShown, ShowSettingsRequest
from comity.errors import NotFound, UsageError
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.frame import TABS, tab_name
from comity.web.pages import Page, page, see_other
from comity.web.visit import Form, Visit, enter, enter_with_form
from comity.wire.keys import USES, KeyUse


class Tab(NamedTuple):
    """One page of administration in the line of tabs."""

    key: str
    path: str
    name: str


def tabs_for(visit: Visit) -> tuple[Tab, ...]:
    """Give the pages of administration that this visitor may open."""
    with speaking(visit.language):
        return tuple(Tab(key, path, tab_name(key)) for key, path, verb in TABS if visit.opens(verb))


@get("/administration")
async def administration(request: Call) -> Page:
    """Lead on to the first page of administration that the visitor may open."""
    visit = await enter(request)
    tabs = tabs_for(visit)
    if not tabs:
        raise NotFound("no such page")
    return see_other(visit, tabs[0].path)


@get("/administration/keys")
async def keys(request: Call) -> Page:
    """Show the keys of the node."""
    visit = await enter(request)
    visit.must_open("key rotate")
    shown = await visit.ask("key show", ShowKeysRequest(), KeysShown)
    counting = sum(1 for key in shown.keys if key.state == "good")
    return page(
        request, visit, "keys.html", tabs=tabs_for(visit), tab="keys", shown=shown, counting=counting, uses=USES
    )


@post("/administration/keys/rotate", status_code=HTTPStatus.OK)
async def rotate(request: Call) -> Page:
    """Ask for a new key in the place of one."""
    visit, form = await enter_with_form(request)
    visit.must_open("key rotate")
    use = _use(form)
    await visit.ask("key rotate", RotateKeyRequest(use=use, reason=_said(form, "reason")), KeysShown)
    return see_other(visit, "/administration/keys")


@post("/administration/keys/revoke", status_code=HTTPStatus.OK)
async def revoke(request: Call) -> Page:
    """Ask that a key be revoked."""
    visit, form = await enter_with_form(request)
    visit.must_open("key revoke")
    asked = RevokeKeyRequest(
        key=_said(form, "key"), suspect_from=_said(form, "suspect_from"), reason=_said(form, "reason")
    )
    await visit.ask("key revoke", asked, KeysShown)
    return see_other(visit, "/administration/keys")


@get("/administration/settings")
async def settings(request: Call) -> Page:
    """Show the node's settings."""
    visit = await enter(request)
    visit.must_open("settings show")
    shown = await visit.ask("settings show", ShowSettingsRequest(), SettingsShown)
    changed = sum(1 for one in shown.settings if not one.is_default)
    return page(
        request, visit, "settings.html", tabs=tabs_for(visit), tab="settings", settings=shown.settings, changed=changed
    )


@get("/administration/doctor")
async def doctor(request: Call) -> Page:
    """Show what the doctor finds now."""
    visit = await enter(request)
    visit.must_open("doctor")
    found = await visit.ask("doctor", DoctorRequest(), DoctorAnswer)
    order = {"fault": 0, "warning": 1}
    findings = sorted(found.findings, key=lambda one: order.get(one.verdict, 2))
    faults = sum(1 for one in findings if one.verdict == "fault")
    warnings = sum(1 for one in findings if one.verdict == "warning")
    return page(
        request, visit, "doctor.html", tabs=tabs_for(visit), tab="doctor", findings=findings, faults=faults,
        warnings=warnings,
    )  # fmt: skip


def _use(form: Form) -> KeyUse:
    use = next((one for one in USES if one == form.get("use", "")), None)
    if use is None:
        raise UsageError("this is no form that the desk reads")
    return use


def _said(form: Form, name: str) -> str:
    words = form.get(name, "").strip()
    if not words:
        raise UsageError("a field that must be filled in is empty")
    return words


ROUTES = (administration, keys, rotate, revoke, settings, doctor)
