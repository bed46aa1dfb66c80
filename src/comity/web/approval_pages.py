"""Shows acts that need a second person, and takes what is said of them: approved, refused, withdrawn, reviewed."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from litestar import get, post
from litestar.params import FromPath

from comity.desk.approve_act import Approver, approval_options, approve_by_passkey, approve_by_password
from comity.desk.decide_act import BreakGlassRequest, RefuseActRequest, ReviewActRequest, WithdrawActRequest
from comity.desk.list_acts import ActList, ActShown, ActView, ListActsRequest, ShowActRequest
from comity.desk.passkeys import Site
from comity.desk.registry import VERBS
from comity.desk.sessions import Person, is_fresh, must_be_fresh
from comity.errors import Busy, NotPermitted, Unauthenticated, UsageError
from comity.texts import speaking
from comity.web.addresses import Call, is_own
from comity.web.now_page import number
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.visit import Visit, body_of, enter, enter_with_form, must_carry_token

JSON = "application/json"
ACTS_A_PAGE = 50


class ApproveByPasskey(msgspec.Struct, frozen=True):
    """An authenticator's answer to the challenge of an act."""

    credential: msgspec.Raw


class Next(msgspec.Struct, frozen=True):
    """Where the browser goes then."""

    next: str


@get("/acts")
async def acts(request: Call) -> Page:
    """List the acts that need or needed a second person, the newest first."""
    visit = await enter(request)
    before = number(request.query_params.get("before", str(2**31 - 1)))
    asked = ListActsRequest(waiting=False, before=max(1, min(before, 2**31 - 1)), limit=ACTS_A_PAGE)
    listed = await visit.ask("act list", asked, ActList)
    more = listed.acts[-1].number if len(listed.acts) == ACTS_A_PAGE else None
    waiting = sum(1 for one in listed.acts if one.state == "open")
    return page(request, visit, "acts.html", here="now", acts=listed.acts, before=more, waiting=waiting)


@get("/acts/{act_no:str}")
async def act(request: Call, act_no: FromPath[str]) -> Page:
    """Show an act with exactly what would happen."""
    return await _shown(request, await enter(request), number(act_no))


@post("/acts/{act_no:str}/options", status_code=HTTPStatus.OK)
async def options(request: Call, act_no: FromPath[str]) -> Page:
    """Say what an authenticator must sign to approve."""
    visit, approver = await _enter(request)
    node = visit.door.node
    said = await visit.door.door.reading(approval_options, node, approver, number(act_no), _site(visit))
    return Page(said.encode(), media_type=JSON)


@post("/acts/{act_no:str}/passkey", status_code=HTTPStatus.OK)
async def by_passkey(request: Call, act_no: FromPath[str]) -> Page:
    """Approve by a passkey over the challenge of this very act."""
    visit, approver = await _enter(request)
    try:
        said = msgspec.json.decode(await body_of(request), type=ApproveByPasskey)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise UsageError("this is no answer of a passkey") from exc
    no, node = number(act_no), visit.door.node
    credential = bytes(said.credential)
    await visit.door.door.writing(approve_by_passkey, VERBS, node, approver, no, _site(visit), credential)
    return Page(msgspec.json.encode(Next(f"{visit.base.path}/acts/{no}")), media_type=JSON)


@post("/acts/{act_no:str}/approve", status_code=HTTPStatus.OK)
async def by_password(request: Call, act_no: FromPath[str]) -> Page:
    """Approve by password and code."""
    visit, form = await enter_with_form(request)
    approver, no = _approver(visit), number(act_no)
    throttle, node = visit.door.throttle, visit.door.node
    if wait_s := throttle.wait_s(approver.person.name, visit.address, node.clock()):
        raise Busy("too many tries for this name from this address: wait {seconds} s", wait_s, seconds=wait_s)
    password, code = form.get("password", ""), form.get("code", "")
    try:
        await visit.door.stretching(approve_by_password, VERBS, node, approver, no, password, code)
    except Unauthenticated as error:
        throttle.failed(approver.person.name, visit.address, node.clock())
        with speaking(visit.language):
            return await _shown(request, visit, no, wrong=sentence(error))
    return see_other(visit, f"/acts/{no}")


@post("/acts/{act_no:str}/refuse", status_code=HTTPStatus.OK)
async def refuse(request: Call, act_no: FromPath[str]) -> Page:
    """Refuse an act, with the reason."""
    visit, form = await enter_with_form(request)
    visit.must_open("act refuse")
    return await _said(visit, "act refuse", RefuseActRequest(number=_no(act_no), reason=_words(form, "reason")))


@post("/acts/{act_no:str}/withdraw", status_code=HTTPStatus.OK)
async def withdraw(request: Call, act_no: FromPath[str]) -> Page:
    """Take an own act back."""
    visit, _ = await enter_with_form(request)
    return await _said(visit, "act withdraw", WithdrawActRequest(number=_no(act_no)))


@post("/acts/{act_no:str}/break-glass", status_code=HTTPStatus.OK)
async def break_glass(request: Call, act_no: FromPath[str]) -> Page:
    """Carry an own act out without a second person."""
    visit, form = await enter_with_form(request)
    visit.must_open("act break-glass")
    must_be_fresh(_approver(visit).person, visit.door.node.clock())
    return await _said(visit, "act break-glass", BreakGlassRequest(number=_no(act_no), reason=_words(form, "why")))


@post("/acts/{act_no:str}/review", status_code=HTTPStatus.OK)
async def review(request: Call, act_no: FromPath[str]) -> Page:
    """Close the review of what was done without a second person."""
    visit, form = await enter_with_form(request)
    visit.must_open("act review")
    return await _said(visit, "act review", ReviewActRequest(number=_no(act_no), finding=_words(form, "finding")))


async def _said(visit: Visit, verb: str, asked: msgspec.Struct) -> Page:
    told = await visit.ask(verb, asked, ActView)
    return see_other(visit, f"/acts/{told.number}")


async def _shown(request: Call, visit: Visit, no: int, *, wrong: str = "") -> Page:
    shown = await visit.ask("act show", ShowActRequest(number=max(1, min(no, 2**31 - 1))), ActShown)
    return page(
        request,
        visit,
        "act.html",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        here="now",
        act=shown.view,
        asked=shown.request,
        signs=shown.signs,
        challenge=shown.challenge,
        passkeys_work=visit.base.has_name,
        may_break=shown.view.mine and shown.view.asked_via == "web" and visit.opens("act break-glass"),
        fresh=is_fresh(_approver(visit).person, visit.door.node.clock()),
        wrong=wrong,
    )


async def _enter(request: Call) -> tuple[Visit, Approver]:
    """Take a script's call of somebody who is signed in, from a page that was made for this session."""
    visit = await enter(request)
    if not is_own(request, visit.base):
        raise NotPermitted("this form was sent from another page than the desk's own: open the page and send it there")
    must_carry_token(visit, request.headers.get("x-csrf", ""))
    return visit, _approver(visit)


def _approver(visit: Visit) -> Approver:
    person: Person | None = visit.person
    if person is None:
        raise Unauthenticated("sign in first")
    return Approver(person=person, device=visit.device)


def _site(visit: Visit) -> Site:
    return Site(visit.base.host, visit.base.origin)


def _no(text: str) -> int:
    return max(1, min(number(text), 2**31 - 1))


def _words(form: Mapping[str, str], name: str) -> str:
    words = form.get(name, "")
    if not words.strip():
        raise UsageError("say why, for those who look at this later")
    return words


ROUTES = (acts, act, options, by_passkey, by_password, refuse, withdraw, break_glass, review)
