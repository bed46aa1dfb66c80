"""Lets people add passkeys to their own account, and sign in by one: the few addresses that scripts call, in JSON."""

from http import HTTPStatus

import msgspec
from litestar import post

from comity.desk.passkeys import (
    Site,
    add_passkey,
    challenge_in,
    creation_options,
    request_options,
    sign_in_by_passkey,
)
from comity.desk.sessions import Person
from comity.errors import NotPermitted, Unauthenticated, UsageError
from comity.web.addresses import Call, is_own, own_path
from comity.web.cookies import with_session
from comity.web.pages import Page
from comity.web.visit import Visit, arrive, body_of, end_former, must_carry_token

JSON = "application/json"
_SIGN_IN = "sign-in"


class AddPasskey(msgspec.Struct, frozen=True):
    """An authenticator's answer, and what the person calls it."""

    name: str
    credential: msgspec.Raw


class SignInByPasskey(msgspec.Struct, frozen=True):
    """An authenticator's answer, and where to go then."""

    next: str
    credential: msgspec.Raw


class Next(msgspec.Struct, frozen=True):
    """Where the browser goes then."""

    next: str


@post("/passkeys/creation", status_code=HTTPStatus.OK)
async def creation(request: Call) -> Page:
    """Say what an authenticator must make."""
    visit, person = await _enter(request)
    challenge = visit.door.challenges.new(_purpose(person))
    options = await visit.door.door.reading(creation_options, visit.door.node, person, _site(visit), challenge)
    return _json(options.encode())


@post("/passkeys", status_code=HTTPStatus.OK)
async def add(request: Call) -> Page:
    """Add a passkey to the person's own account."""
    visit, person = await _enter(request)
    body = await body_of(request)
    try:
        said = msgspec.json.decode(body, type=AddPasskey)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise UsageError("this is no answer of a passkey") from exc
    credential = bytes(said.credential)
    challenge = challenge_in(credential)
    node = visit.door.node
    with visit.door.challenges.spent(_purpose(person), challenge):
        await visit.door.door.writing(add_passkey, node, person, _site(visit), challenge, credential, said.name)
    return _json(msgspec.json.encode(Next(visit.base.path + "/account")))


@post("/passkeys/request", status_code=HTTPStatus.OK)
async def ask(request: Call) -> Page:
    """Say what an authenticator must answer for a sign-in."""
    visit = await _arrive(request)
    return _json(request_options(_site(visit), visit.door.challenges.new(_SIGN_IN)).encode())


@post("/passkeys/sign-in", status_code=HTTPStatus.OK)
async def sign_in(request: Call) -> Page:
    """Open a session by a passkey."""
    visit = await _arrive(request)
    try:
        said = msgspec.json.decode(await body_of(request), type=SignInByPasskey)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise UsageError("this is no answer of a passkey") from exc
    credential = bytes(said.credential)
    challenge = challenge_in(credential)
    node = visit.door.node
    with visit.door.challenges.spent(_SIGN_IN, challenge):
        secret = await visit.door.door.writing(
            sign_in_by_passkey, node, _site(visit), challenge, credential, visit.address
        )
    await end_former(visit)
    answer = _json(msgspec.json.encode(Next(visit.base.path + own_path(said.next))))
    return with_session(answer, visit, secret)


async def _arrive(request: Call) -> Visit:
    visit = await arrive(request)
    if not is_own(request, visit.base):
        raise NotPermitted("this form was sent from another page than the desk's own: open the page and send it there")
    return visit


async def _enter(request: Call) -> tuple[Visit, Person]:
    visit = await _arrive(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    must_carry_token(visit, request.headers.get("x-csrf", ""))
    return visit, visit.person


def _site(visit: Visit) -> Site:
    return Site(visit.base.host, visit.base.origin)


def _purpose(person: Person) -> str:
    return f"add {person.no}"


def _json(body: bytes) -> Page:
    return Page(body, media_type=JSON)


ROUTES = (creation, add, ask, sign_in)
