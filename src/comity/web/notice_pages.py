"""Shows by which channels the visitor is told what needs them, takes their choices, and shows what was told."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import get_args

import msgspec
from litestar import get, post
from litestar.params import FromPath

from comity.cli.notice_words import headline
from comity.desk.change_channels import (
    AddChannelRequest,
    ChangeChannelRequest,
    ChannelAdded,
    ChannelList,
    ChannelRequest,
    ListChannelsRequest,
)
from comity.desk.confirm_channel import ConfirmChannelRequest
from comity.desk.list_notices import ListNoticesRequest, NoticeList
from comity.desk.notice_channels import ChannelView
from comity.desk.settings_type import NoticeLevel
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.texts import speaking, text
from comity.web.addresses import Call
from comity.web.now_page import number
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.visit import Form, Visit, enter, enter_with_form

MOST_SHOWN = 50


@get("/account/notices")
async def notices(request: Call) -> Page:
    """List the visitor's channels, and what they were told."""
    return await _notices(request, await enter(request))


@post("/account/notices", status_code=HTTPStatus.OK)
async def make(request: Call) -> Page:
    """Add a channel; a webhook's secret is shown once."""
    visit, form = await enter_with_form(request)
    target = form.get("target", "").strip()
    try:
        said = {
            "kind": "webhook" if "://" in target else "mail",
            "target": target,
            "key": form.get("key", "").strip(),
            "level": form.get("level", "clear"),
            "pace": form.get("pace", "at-once"),
            "hour": _hour(form),
        }
        added = await visit.ask("channel add", _read(said, AddChannelRequest), ChannelAdded)
    except (UsageError, Conflict, NotPermitted) as error:
        with speaking(visit.language):
            return await _notices(request, visit, given=form, refused=sentence(error))
    return await _notices(request, visit, added=added)


@post("/account/notices/{channel_no:str}/change", status_code=HTTPStatus.OK)
async def change(request: Call, channel_no: FromPath[str]) -> Page:
    """Let a channel be told at another pace."""
    visit, form = await enter_with_form(request)
    said = {"number": number(channel_no), "pace": form.get("pace", ""), "hour": _hour(form)}
    await visit.ask("channel change", _read(said, ChangeChannelRequest), ChannelView)
    return see_other(visit, "/account/notices")


@get("/account/notices/{channel_no:str}/confirm")
async def confirm_form(request: Call, channel_no: FromPath[str]) -> Page:
    """Ask for the code that came to an address."""
    visit = await enter(request)
    return await _confirm(request, visit, number(channel_no))


@post("/account/notices/{channel_no:str}/confirm", status_code=HTTPStatus.OK)
async def confirm(request: Call, channel_no: FromPath[str]) -> Page:
    """Confirm an address."""
    visit, form = await enter_with_form(request)
    asked = ConfirmChannelRequest(number=number(channel_no), code=form.get("code", "")[:40])
    try:
        await visit.ask("channel confirm", asked, ChannelView)
    except (Conflict, NotPermitted) as error:
        with speaking(visit.language):
            return await _confirm(request, visit, asked.number, refused=sentence(error))
    return see_other(visit, "/account/notices")


@post("/account/notices/{channel_no:str}/test", status_code=HTTPStatus.OK)
async def test(request: Call, channel_no: FromPath[str]) -> Page:
    """Put a test in line for a channel."""
    visit, _ = await enter_with_form(request)
    try:
        await visit.ask("channel test", ChannelRequest(number=number(channel_no)), ChannelView)
    except Conflict as error:
        with speaking(visit.language):
            return await _notices(request, visit, refused=sentence(error))
    return see_other(visit, "/account/notices")


@post("/account/notices/{channel_no:str}/remove", status_code=HTTPStatus.OK)
async def remove(request: Call, channel_no: FromPath[str]) -> Page:
    """Take a channel away."""
    visit, _ = await enter_with_form(request)
    await visit.ask("channel remove", ChannelRequest(number=number(channel_no)), ChannelView)
    return see_other(visit, "/account/notices")


def _hour(form: Form) -> int:
    said = form.get("hour", "").strip() or "7"
    if not (said.isascii() and said.isdigit() and len(said) <= 2):
        raise UsageError("the hour is a whole number from 0 to 23")
    return int(said)


def _read(said: Mapping[str, object], wanted: type[msgspec.Struct]) -> msgspec.Struct:
    """Read a request out of a form.

    Raises:
        UsageError: a choice that there is not, or an hour that no day has.
    """
    try:
        return msgspec.convert(said, wanted)
    except msgspec.ValidationError as exc:
        raise UsageError("this cannot be asked for: {why}", why=exc) from exc


async def _confirm(request: Call, visit: Visit, channel_no: int, *, refused: str = "") -> Page:
    held = await visit.ask("channel list", ListChannelsRequest(), ChannelList)
    meant = next((one for one in held.channels if one.number == channel_no), None)
    if meant is None:
        raise NotFound("no channel {number}", number=channel_no)
    code = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return page(request, visit, "notice-confirm.html", code=code, channel=meant, refused=refused)


async def _notices(
    request: Call, visit: Visit, *, given: Form | None = None, refused: str = "", added: ChannelAdded | None = None
) -> Page:
    held = await visit.ask("channel list", ListChannelsRequest(), ChannelList)
    told = await visit.ask("notice list", ListNoticesRequest(limit=MOST_SHOWN), NoticeList)
    with speaking(visit.language):
        states = {
            "new": text("nothing sent yet"),
            "healthy": text("gets through"),
            "unconfirmed": text("waits for its code"),
            "failing": text("tried again"),
            "given-up": text("given up"),
            "off": text("off"),
            "waiting": text("waiting"),
            "open": text("on its way"),
            "sent": text("sent"),
            "failed": text("given up"),
            "moot": text("not sent: nothing was left to say"),
        }
        paces = (("at-once", text("at once")), ("digest", text("once a day")), ("off", text("not at all")))
        about = {one.kind: headline(one.kind, 1) for one in told.notices}
    return page(
        request,
        visit,
        "notices.html",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        channels=held.channels,
        notices=told.notices,
        states=states,
        about=about,
        paces=paces,
        added=added,
        refused=refused,
        given=given or {},
        levels=get_args(NoticeLevel),
    )


ROUTES = (notices, make, change, confirm_form, confirm, test, remove)
