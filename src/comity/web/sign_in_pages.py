"""Lets people in and out: by name, password and code; by a one-time code that makes an account theirs."""

from http import HTTPStatus

from litestar import get, post

from comity.desk.begin_account import BeginRequest, WaitingAccount, begin_account, look_at_code
from comity.desk.identities import may_begin_by_identity, offers
from comity.desk.secrets import is_totp_secret, new_totp, totp_address
from comity.desk.sessions import sign_out as end_session
from comity.desk.sign_in import SignInRequest
from comity.desk.sign_in import sign_in as open_session
from comity.errors import Busy, ComityError, Conflict, Unauthenticated, UsageError
from comity.records.fingerprints import fingerprint
from comity.texts import speaking
from comity.web.addresses import Call, own_path
from comity.web.cookies import with_session, without_session
from comity.web.markup import qr_code
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.visit import Form, Visit, arrive, arrive_with_form, end_former, enter_with_form

_GROUPS_A_LINE = 4
_LETTERS_A_GROUP = 4


@get("/sign-in")
async def sign_in_form(request: Call) -> Page:
    """Show the ways in; also to who is signed in and must show again, to this node itself, who they are."""
    visit = await arrive(request)
    target, again = own_path(request.query_params.get("next", "/")), bool(request.query_params.get("again"))
    if visit.person is not None and not again:
        return see_other(visit, target)
    return await ways_in(request, visit, target, again=visit.person is not None)


@post("/sign-in", status_code=HTTPStatus.OK)
async def sign_in(request: Call) -> Page:
    """Open a session by name, password and code."""
    visit, form = await arrive_with_form(request)
    target, name = own_path(form.get("next", "/")), form.get("name", "").strip().lower()
    throttle, node = visit.door.throttle, visit.door.node
    if wait_s := throttle.wait_s(name, visit.address, node.clock()):
        raise Busy("too many tries for this name from this address: wait {seconds} s", wait_s, seconds=wait_s)
    asked = SignInRequest(name=name, password=form.get("password", ""), code=form.get("code", ""))
    try:
        secret = await visit.door.stretching(open_session, node, asked, visit.address)
    except Unauthenticated as error:
        throttle.failed(name, visit.address, node.clock())
        return await ways_in(request, visit, target, name=name, refused=in_words(visit, error))
    except Conflict as error:
        return await ways_in(request, visit, target, name=name, wrong_code=in_words(visit, error))
    throttle.succeeded(name, visit.address)
    await end_former(visit)
    return with_session(see_other(visit, target), visit, secret)


@post("/sign-out", status_code=HTTPStatus.OK)
async def sign_out(request: Call) -> Page:
    """End the session."""
    visit, _ = await enter_with_form(request)
    if visit.person is not None:
        await visit.door.door.writing(end_session, visit.door.node, visit.person)
    return without_session(see_other(visit, "/sign-in"), visit)


@get("/begin")
async def begin_form(request: Call) -> Page:
    """Ask for a one-time code."""
    return page(request, await arrive(request), "begin.html", given="", wrong="")


@post("/begin", status_code=HTTPStatus.OK)
async def begin(request: Call) -> Page:
    """Look at a one-time code and ask for what its person chooses."""
    visit, form = await arrive_with_form(request)
    code = form.get("code", "")
    try:
        waiting = await look(visit, code)
    except Unauthenticated as error:
        said = in_words(visit, error)
        return page(request, visit, "begin.html", given=code, wrong=said, code=HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _choices(
        request, visit, waiting, {"one_time_code": code, "totp_secret": new_totp(visit.door.node.entropy)}
    )


@post("/begin/account", status_code=HTTPStatus.OK)
async def begin_with(request: Call) -> Page:
    """Make the account its person's; they sign in with it next, to show that they can."""
    visit, form = await arrive_with_form(request)
    try:
        waiting = await look(visit, form.get("one_time_code", ""))
    except Unauthenticated as error:
        said = in_words(visit, error)
        return page(request, visit, "begin.html", given="", wrong=said, code=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not is_totp_secret(form.get("totp_secret", "")):  # the page carries it: else it is drawn again as it came
        raise UsageError("this is no form that the desk reads")
    asked = BeginRequest(
        code=form.get("one_time_code", ""),
        name=form.get("name", "").strip(),
        title=form.get("title", ""),
        password=form.get("password", ""),
        totp_secret=form.get("totp_secret", ""),
        totp_code=form.get("totp_code", ""),
    )
    try:
        await visit.door.stretching(begin_account, visit.door.node, asked, visit.address)
    except (UsageError, Conflict) as error:
        return await _choices(request, visit, waiting, form, refused=in_words(visit, error))
    return see_other(visit, "/sign-in")


async def look(visit: Visit, code: str) -> WaitingAccount:
    """Look at a code; guessing at codes is counted as guessing at passwords is."""
    throttle, node = visit.door.throttle, visit.door.node
    guess = f"one-time code at {visit.address}"  # codes are too long to guess: nobody locks out another's
    if wait_s := throttle.wait_s(guess, visit.address, node.clock()):
        raise Busy("too many tries for this name from this address: wait {seconds} s", wait_s, seconds=wait_s)
    try:
        return await visit.door.door.reading(look_at_code, node, code)
    except Unauthenticated:
        throttle.failed(guess, visit.address, node.clock())
        raise


async def ways_in(
    request: Call,
    visit: Visit,
    target: str,
    *,
    name: str = "",
    refused: str = "",
    wrong_code: str = "",
    again: bool = False,
) -> Page:
    """Answer with the ways in. `again`: only those by which a person shows to this node itself who they are."""
    elsewhere = () if again else await visit.door.door.reading(offers, visit.door.node)
    groups = fingerprint(visit.door.node.keys.root_public).split()
    lines = [" ".join(groups[at : at + _GROUPS_A_LINE]) for at in range(0, len(groups), _GROUPS_A_LINE)]
    return page(
        request,
        visit,
        "sign-in.html",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused or wrong_code else HTTPStatus.OK,
        next=target,
        name=name,
        refused=refused,
        wrong_code=wrong_code,
        fingerprint=lines,
        passkeys_work=visit.base.has_name,
        again=again,
        offers=elsewhere,
    )


async def _choices(request: Call, visit: Visit, waiting: WaitingAccount, form: Form, *, refused: str = "") -> Page:
    elsewhere = await visit.door.door.reading(offers, visit.door.node) if may_begin_by_identity(waiting) else ()
    secret = form["totp_secret"]
    name = waiting.name or form.get("name", "") or visit.door.node.settings.party
    issuer = visit.door.node.settings.title
    with speaking(visit.language):
        drawn = qr_code(totp_address(secret, name, issuer))
    return page(
        request,
        visit,
        "begin-account.html",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        waiting=waiting,
        one_time_code=form["one_time_code"],
        name=form.get("name", ""),
        title=form.get("title", ""),
        totp_secret=secret,
        totp_groups=" ".join(secret[at : at + _LETTERS_A_GROUP] for at in range(0, len(secret), _LETTERS_A_GROUP)),
        qr=drawn,
        refused=refused,
        wrong_code="",
        offers=elsewhere,
    )


def in_words(visit: Visit, error: ComityError) -> str:
    """Give the sentence of an error in the visitor's language."""
    with speaking(visit.language):
        return sentence(error)


ROUTES = (sign_in_form, sign_in, sign_out, begin_form, begin, begin_with)
