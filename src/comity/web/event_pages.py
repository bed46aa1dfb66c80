"""Tells an open page by server-sent events that a part of it is stale, and nothing of what stands there now.

The page then asks for itself anew, by its own address and session, so there is one path of permission. The stream is of
the session: it ends with it, and neither listening nor the page's own asking keeps a session alive (record 0059).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from http import HTTPStatus

from litestar import get
from litestar.params import FromPath
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage

from comity.desk.sessions import Person
from comity.desk.watch_desk import fingerprints, intake_seen, stale
from comity.errors import Busy, ComityError, NotFound, Unauthenticated
from comity.web.addresses import Call
from comity.web.door import DeskDoor
from comity.web.visit import enter

LOOK_EVERY_S = 2.0
LOOK_AT_INTAKE_EVERY_S = 0.5
_ENDED = "ended"  # the id of the event after which nothing follows
_COMMENT_EVERY = 8  # looks: so that a proxy does not take the line for dead, and one that is dead is found out
_AGAIN_AFTER_MS = 5_000


@get("/events")
async def events(request: Call) -> ServerSentEvent:
    """Tell what becomes stale, as long as the session holds."""
    visit = await enter(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    if request.headers.get("accept", "") != "text/event-stream":
        raise NotFound("no such page")
    visit.must_open("desk show")
    visit.door.listeners.must_have_room(visit.person.no)
    return ServerSentEvent(_told(visit.door, visit.person), headers={"cache-control": "no-store"})


async def _told(door: DeskDoor, person: Person) -> AsyncIterator[ServerSentEventMessage]:
    with suppress(Busy), door.listeners.listening(person.no):
        yield ServerSentEventMessage(comment="listening", data=None, retry=_AGAIN_AFTER_MS)
        before = await _seen(door, person, {})
        looks = 0
        while before is not None and not await door.listeners.rest(LOOK_EVERY_S):
            after = await _seen(door, person, before)
            looks += 1
            changed = () if after is None else stale(before, after)
            if changed:
                yield ServerSentEventMessage(event="stale", data=" ".join(changed))
            elif looks % _COMMENT_EVERY == 0:
                yield ServerSentEventMessage(comment="", data=None)
            before = after


@get("/take-in/runs/{run:str}/events")
async def intake_events(request: Call, run: FromPath[str]) -> ServerSentEvent | Response[bytes]:
    """Tell that an intake is further, until it has ended; who was told that is sent home."""
    visit = await enter(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    if request.headers.get("accept", "") != "text/event-stream":
        raise NotFound("no such page")
    visit.must_open("intake show")
    if await visit.door.door.reading(intake_seen, visit.door.node, visit.person, run) is None:
        raise NotFound("no such page")
    if request.headers.get("last-event-id", "") == _ENDED:
        return Response(b"", status_code=HTTPStatus.NO_CONTENT)  # a browser does not ask again after it
    visit.door.listeners.must_have_room(visit.person.no)
    return ServerSentEvent(_intake_told(visit.door, visit.person, run), headers={"cache-control": "no-store"})


async def _intake_told(door: DeskDoor, person: Person, run: str) -> AsyncIterator[ServerSentEventMessage]:
    with suppress(Busy), door.listeners.listening(person.no):
        yield ServerSentEventMessage(comment="listening", data=None, retry=_AGAIN_AFTER_MS)
        before, looks = None, 0
        while True:
            is_gone = False
            try:
                after = await door.door.reading(intake_seen, door.node, person, run)
                is_gone = after is None
            except ComityError:
                after = before  # busy: this look sees what the last one saw
            if after is not None and after != before:
                yield ServerSentEventMessage(event="stale", data="run", id=_ENDED if after.has_ended else None)
            elif looks % (_COMMENT_EVERY * 4) == 0:
                yield ServerSentEventMessage(comment="", data=None)
            if is_gone or (after is not None and after.has_ended):
                return
            before, looks = after, looks + 1
            if await door.listeners.rest(LOOK_AT_INTAKE_EVERY_S):
                return


async def _seen(door: DeskDoor, person: Person, before: Mapping[str, bytes]) -> Mapping[str, bytes] | None:
    """Look once; a look that finds the node busy sees what the last one saw."""
    try:
        return await door.door.reading(fingerprints, door.node, person)
    except ComityError:
        return before


ROUTES = (events, intake_events)
