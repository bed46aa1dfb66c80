"""Serves verbs to programs: finds whose token it is, reads the request, asks as a page would, answers in JSON.

No cookie counts here, so a page of another site can make a browser do nothing.
"""

from functools import cache

import msgspec
from litestar import Litestar, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Response

from comity.api.openapi import describe
from comity.api.operations import OPERATIONS, read_request
from comity.api.problems import body_of, problem_of
from comity.desk.actor import Actor
from comity.desk.api_tokens import Bearer, bearer_of
from comity.desk.roles import role_for
from comity.errors import NotFound, NotPermitted, Unauthenticated
from comity.taxii import credentials
from comity.taxii.body import read_body
from comity.taxii.door import Door
from comity.taxii.forwarded import client_address, counted_address
from comity.taxii.front import TAXII_MANNER, Front, Manner, log_fault
from comity.taxii.problems import UNSUPPORTED_TYPE, Refusal, too_many_attempts
from comity.taxii.throttle import Throttle

PREFIX = "/api"
JSON = "application/json"
TRIES, TRIES_WITHIN_MS = 10, 15 * 60_000
BESIDE_BYTES = 64 * 1024  # what a request may have beside its content, which base64 makes a third larger

EXERCISE = (b"comity-exercise", b"true")  # nothing that this node answers is real
UNSUPPORTED = msgspec.structs.replace(UNSUPPORTED_TYPE, description="Send application/json, plain or packed by gzip.")

Call = Request[None, None, State]


def create_api(door: Door) -> Litestar:
    """Build the application beside another door of the same node."""
    app = Litestar(
        route_handlers=[description, noun_alone, noun_and_verb, nothing],
        exception_handlers={Exception: _tell},
        state=State({"door": door, "throttle": Throttle(TRIES, within_ms=TRIES_WITHIN_MS)}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # it is read within a limit, and only of who has a token
        debug=False,
    )
    always = (*TAXII_MANNER.always, EXERCISE) if door.node.settings.exercise else TAXII_MANNER.always
    app.asgi_handler = Front(app.asgi_handler, door, Manner(always, JSON, _last_word))
    return app


@get("/api/openapi.json")
async def description(request: Call) -> Response[bytes]:
    """Describe the operations; it says nothing of this node."""
    return Response(_described(), media_type=JSON)


@post("/api/v1/{noun:str}", status_code=200)
async def noun_alone(request: Call, noun: FromPath[str]) -> Response[bytes]:
    """Ask for a verb of one word."""
    return await _answer(request, f"/api/v1/{noun}")


@post("/api/v1/{noun:str}/{verb:str}", status_code=200)
async def noun_and_verb(request: Call, noun: FromPath[str], verb: FromPath[str]) -> Response[bytes]:
    """Ask for a verb."""
    return await _answer(request, f"/api/v1/{noun}/{verb}")


@get(["/api", "/api/{rest:path}"])
async def nothing(request: Call) -> Response[bytes]:
    """Say that there is nothing."""
    raise NotFound("no such operation")


async def _answer(request: Call, path: str) -> Response[bytes]:
    door: Door = request.app.state["door"]
    bearer = await _bearer(request, door)
    operation = OPERATIONS.get(path)
    if operation is None:
        raise NotFound("no such operation")
    verb = operation.verb
    if "guest" in bearer.roles and role_for(bearer.roles, verb.name) is None:
        raise NotFound("no such operation")  # what is not a guest's is not there for them
    if not bearer.covers(verb.name, writes=verb.writes):
        raise NotPermitted("{verb} is not within this token's scopes", verb=verb.name)
    role = role_for(bearer.roles, verb.name)
    if role is None:
        raise NotPermitted("{verb} is not open to your roles", verb=verb.name)
    media, _, _ = request.headers.get("content-type", "").partition(";")
    body = await read_body(
        request.stream(),
        request.headers.get("content-encoding", ""),
        limit_bytes=door.node.settings.max_content_length * 4 // 3 + BESIDE_BYTES,
    )
    if body and media.strip().lower() != JSON:
        raise Refusal(UNSUPPORTED)
    asked = read_request(operation, body, request.headers.get("idempotency-key"))
    actor = Actor(name=bearer.account, role=role, via="api")
    run = door.writing if verb.writes else door.reading
    return Response(msgspec.json.encode(await run(verb.run, door.node, actor, asked)), media_type=JSON)


async def _bearer(request: Call, door: Door) -> Bearer:
    """Find whose token came with the request.

    Raises:
        Unauthenticated: none, or one that is not good; the two are told alike. Refusal: too many before this (429).
    """
    throttle: Throttle = request.app.state["throttle"]
    given = credentials.read_credentials(request.headers.get("authorization"))
    if not isinstance(given, credentials.Bearer):
        raise Unauthenticated("send a token of your account as bearer")
    peer = request.client.host if request.client else ""
    address = counted_address(client_address(peer, request.headers, door.trusted))
    if wait_s := throttle.wait_s(given.account, address, door.node.clock()):
        raise Refusal(too_many_attempts(wait_s))
    try:
        bearer = await door.reading(bearer_of, door.node, given.token)
    except Unauthenticated:
        throttle.failed(given.account, address, door.node.clock())
        raise
    throttle.succeeded(given.account, address)
    request.scope["state"]["reader"] = f"api/{bearer.account}"
    return bearer


@cache
def _described() -> bytes:
    """Write the description once: anybody may ask for it."""
    return msgspec.json.encode(describe())


def _tell(request: Call, error: Exception) -> Response[bytes]:
    problem = problem_of(error)
    request_id: str = request.scope["state"]["request_id"]
    if problem.unexpected:
        log_fault(error, request_id)
    request.scope["state"]["headers"] = problem.headers
    return Response(body_of(problem, request_id), media_type=JSON, status_code=problem.status)


def _last_word(request_id: str) -> bytes:
    return body_of(problem_of(RuntimeError()), request_id)
