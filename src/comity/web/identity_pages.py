"""Lets people in by the word of an identity provider, and lets them bind an identity there to their account.

A browser comes back to an address of that provider's own. What comes back opens a session at once; it binds nothing
before its person has said so on a page of the desk.
"""

import base64
import logging
from http import HTTPStatus
from urllib.parse import parse_qs

from litestar import get, post
from litestar.params import FromPath

from comity.desk.ask_provider import (
    ANSWERED_WITHIN_MS,
    LONGEST_CODE,
    Begun,
    Found,
    Purpose,
    Question,
    answer_of,
    ask_provider,
    question_in,
    seal,
    unseal,
)
from comity.desk.identities import begin_by_identity, bind_identity, drop_identity, sign_in_by_identity
from comity.desk.identity_providers import return_path
from comity.desk.sessions import must_be_fresh
from comity.errors import (
    Busy,
    ComityError,
    NodeError,
    NotPermitted,
    RecordRejected,
    TooLarge,
    Unauthenticated,
    Unreachable,
)
from comity.values import Instant
from comity.web.addresses import Call, own_path
from comity.web.cookies import with_question, with_session, without_question
from comity.web.pages import Page, page, see_other
from comity.web.sign_in_pages import in_words, look, ways_in
from comity.web.visit import Visit, arrive, arrive_with_form, end_former, enter_with_form, question_name
from comity.wire.id_token import Identity
from comity.wire.oidc_client import Back

_OURS = frozenset(("state", "code", "iss", "error"))
_MOST_FIELDS = 20
log = logging.getLogger("comity.identity")


@get("/sign-in/with/{name:str}")
async def leave(request: Call, name: FromPath[str]) -> Page:
    """Send the browser to a provider to sign in; the node remembers nothing of it."""
    visit = await arrive(request)
    target = own_path(request.query_params.get("next", "/"))
    if visit.person is not None:
        return see_other(visit, target)
    _wait(visit)
    try:
        begun = await _ask(visit, name, "sign-in", next=target)
    except Unreachable as error:
        return await ways_in(request, visit, target, refused=in_words(visit, error))
    answer = see_other(visit, "")
    answer.headers["location"] = begun.address
    return with_question(answer, visit, begun.sealed)


@get("/sign-in/from/{name:str}")
async def come_back(request: Call, name: FromPath[str]) -> Page:
    """Take what a provider sends back by the browser."""
    visit = await arrive(request)
    _wait(visit)
    try:
        question, back = _question(request, visit, name)
        identity = await _identity(visit, question, back)
        answer = await _go_on(request, visit, question, identity)
    except (Unauthenticated, Unreachable) as error:
        _count(visit)
        answer = await ways_in(request, visit, "/", refused=in_words(visit, error), again=visit.person is not None)
    return without_question(answer, visit)


@post("/begin/with/{name:str}", status_code=HTTPStatus.OK)
async def begin_there(request: Call, name: FromPath[str]) -> Page:
    """Lead to a provider who holds a one-time code."""
    visit, form = await arrive_with_form(request)
    code = form.get("one_time_code", "")
    await look(visit, code)
    return await _lead(request, visit, name, "begin", code=code)


@post("/begin/identity", status_code=HTTPStatus.OK)
async def begin(request: Call) -> Page:
    """Make an account its person's by the identity that came back."""
    visit, form = await arrive_with_form(request)
    found = _found(visit, form.get("found", ""), "begin")
    node, question = visit.door.node, found.question
    secret = await visit.door.door.writing(
        begin_by_identity, node, question.code, question.provider, found.identity, visit.address
    )
    await end_former(visit)
    return with_session(see_other(visit, "/account"), visit, secret)


@post("/account/identities/{name:str}", status_code=HTTPStatus.OK)
async def bind_there(request: Call, name: FromPath[str]) -> Page:
    """Lead to a provider who wants to bind an identity there to their account."""
    visit, _ = await enter_with_form(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    must_be_fresh(visit.person, visit.door.node.clock())
    return await _lead(request, visit, name, "bind", session=visit.person.session.hex())


@post("/account/identities", status_code=HTTPStatus.OK)
async def bind(request: Call) -> Page:
    """Bind the identity that came back to the visitor's own account."""
    visit, form = await enter_with_form(request)
    found = _found(visit, form.get("found", ""), "bind")
    if visit.person is None or found.question.session != visit.person.session.hex():
        raise NotPermitted("this page is of an earlier session: open it again, then repeat what you did")
    await visit.door.door.writing(bind_identity, visit.door.node, visit.person, found.question.provider, found.identity)
    return see_other(visit, "/account")


@post("/account/identities/{name:str}/drop", status_code=HTTPStatus.OK)
async def drop(request: Call, name: FromPath[str]) -> Page:
    """Let an identity open the visitor's account no longer."""
    visit, _ = await enter_with_form(request)
    if visit.person is not None:
        await visit.door.door.writing(drop_identity, visit.door.node, visit.person, name)
    return see_other(visit, "/account")


async def _go_on(request: Call, visit: Visit, question: Question, identity: Identity) -> Page:
    """Open a session, or ask on a page whether this is the identity that is meant."""
    if question.purpose == "sign-in":
        secret = await visit.door.door.writing(
            sign_in_by_identity, visit.door.node, question.provider, identity, visit.address
        )
        await end_former(visit)
        return with_session(see_other(visit, own_path(question.next)), visit, secret)
    if question.purpose == "bind" and (visit.person is None or visit.person.session.hex() != question.session):
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    node = visit.door.node
    found = Found(question=question, identity=identity, until=Instant(node.clock() + ANSWERED_WITHIN_MS))
    return page(
        request, visit, "identity-found.html", found=seal(node, found), identity=identity, purpose=question.purpose
    )


def _question(request: Call, visit: Visit, name: str) -> tuple[Question, Back]:
    """Read what came back, and find the question that it answers; it answers once.

    Raises:
        Unauthenticated: none, or the provider says that nobody signed in.
    """
    try:
        raw = request.scope["query_string"].decode("ascii")
        said = parse_qs(raw, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as exc:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again") from exc
    fields = {key: values[0] for key, values in said.items() if key in _OURS and len(values) == 1}
    state, sealed = fields.get("state", ""), request.cookies.get(question_name(visit.base), "")
    question = question_in(visit.door.node, sealed, name, state)
    try:
        challenge = base64.urlsafe_b64decode(state.encode("ascii"))
        with visit.door.challenges.spent(_purpose(name), challenge):
            pass
    except (ValueError, Unauthenticated) as exc:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again") from exc
    code = fields.get("code", "")
    if "error" in said or not 0 < len(code) <= LONGEST_CODE or len(said.get("iss", ())) > 1:
        raise Unauthenticated("nobody signed in there: begin again, or sign in another way")
    return question, Back(code=code, issuer=fields.get("iss"))


async def _identity(visit: Visit, question: Question, back: Back) -> Identity:
    """Ask the provider who it was.

    Raises:
        Unauthenticated: what it says does not hold. Unreachable: it is not there, or not as it must be.
    """
    try:
        return await visit.door.calling(answer_of, visit.door.node, visit.door.providers, question, back)
    except RecordRejected as exc:
        log.warning("the answer of %s does not hold: %s", question.provider, exc)
        raise Unauthenticated("what was answered there does not hold: begin again") from exc
    except (Unreachable, NotPermitted, TooLarge, NodeError) as exc:
        raise _away(question.provider, exc) from exc


async def _ask(visit: Visit, name: str, purpose: Purpose, **said: str) -> Begun:
    """Begin at a provider.

    Raises:
        NotFound: no such provider. Unreachable: it is not there, or not as it must be.
    """
    door = visit.door
    state = base64.urlsafe_b64encode(door.challenges.new(_purpose(name))).decode()
    redirect_uri = visit.base.origin + visit.base.path + return_path(name)
    try:
        return await door.calling(ask_provider, door.node, door.providers, name, state, redirect_uri, purpose, **said)
    except (Unreachable, NotPermitted, TooLarge, NodeError, RecordRejected) as exc:
        raise _away(name, exc) from exc


async def _lead(request: Call, visit: Visit, name: str, purpose: Purpose, **said: str) -> Page:
    """Answer with a page that leads on to a provider: a form itself may send nobody away (form-action)."""
    begun = await _ask(visit, name, purpose, **said)
    answer = page(request, visit, "identity-leave.html", address=begun.address, provider=name)
    return with_question(answer, visit, begun.sealed)


def _found(visit: Visit, sealed: str, purpose: Purpose) -> Found:
    found = unseal(visit.door.node, sealed, Found)
    if found.question.purpose != purpose:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    return found


def _away(name: str, why: ComityError) -> Unreachable:
    """Say that a provider is away; why, only the operator learns: it may name addresses within."""
    log.warning("the identity provider %s is not as it must be: %s", name, why)
    return Unreachable("the identity provider does not answer as it should: try later, or sign in another way")


def _wait(visit: Visit) -> None:
    """Hold up who tries again and again.

    Raises:
        Busy: too many tries from this address.
    """
    if wait_s := visit.door.throttle.wait_s(_guess(visit), visit.address, visit.door.node.clock()):
        raise Busy("too many tries from this address: wait {seconds} s", wait_s, seconds=wait_s)


def _count(visit: Visit) -> None:
    visit.door.throttle.failed(_guess(visit), visit.address, visit.door.node.clock())


def _guess(visit: Visit) -> str:
    return f"identity at {visit.address}"


def _purpose(name: str) -> str:
    return f"identity {name}"


ROUTES = (leave, come_back, begin_there, begin, bind_there, bind, drop)
