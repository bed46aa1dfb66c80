"""The outermost layer: gives each request its id, answers HEAD, adds the headers every answer has, counts and logs.

It also is the last net: whatever fails below becomes a TAXII error object, never a page of the server's own making.
A log line has no content: no path, no query, no body; an unexpected error is logged by its type and place, because its
words may quote what it stumbled over.
"""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, cast

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Method, Receive, Scope, Send

from comity.taxii.door import Door
from comity.taxii.media import TAXII
from comity.taxii.metrics import Series
from comity.taxii.problems import UNEXPECTED, body_of

LOG = logging.getLogger("comity.taxii")

# HEAD gets the answer of GET without its body. OPTIONS asks as a method that no route has: the router's refusal lists
# what the path allows, which becomes the answer.
_ASKED_AS: Mapping[str, Method] = {"HEAD": "GET", "OPTIONS": cast("Method", "NONE")}
_METHODS = {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"}
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Manner(NamedTuple):
    """How a door answers what its own routes did not: headers of every answer, and the last word on a failure."""

    always: tuple[tuple[bytes, bytes], ...]
    media_type: str
    unexpected: Callable[[str], bytes]  # gives the body for a request id


def _taxii_unexpected(request_id: str) -> bytes:
    return body_of(UNEXPECTED, request_id)


TAXII_MANNER = Manner(_ALWAYS, TAXII, _taxii_unexpected)


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the request log."""

    event: str = "request"
    method: str
    route: str
    status: int
    ms: float
    bytes: int
    reader: str
    request_id: str


class FaultLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line about an unexpected error: where it happened, not what it said."""

    event: str = "fault"
    error: str
    where: tuple[str, ...]
    request_id: str


class Exchange:
    """One request and its answer on the way: what is known of it so far."""

    def __init__(self, scope: HTTPScope, request_id: str, date: bytes, manner: Manner) -> None:
        self.manner = manner
        self.method = str(scope["method"])
        self.request_id, self.date = request_id, date
        self.status = 0
        self.sent_bytes = 0

    @property
    def is_bodiless(self) -> bool:
        """Whether the body of the answer is not sent."""
        return self.method == "HEAD" or self.status == HTTPStatus.NO_CONTENT

    def head(self, message: HTTPResponseStartEvent, extra: tuple[tuple[str, str], ...]) -> HTTPResponseStartEvent:
        """Complete the start of an answer."""
        self.status = message["status"]
        headers = [(name.lower(), value) for name, value in message["headers"]]
        headers += [(name.encode(), value.encode()) for name, value in extra]
        if self.method == "OPTIONS" and self.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.status = HTTPStatus.NO_CONTENT
            headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers = [(name, _with_head(value) if name == b"allow" else value) for name, value in headers]
        said = {name for name, _ in headers}
        headers += [one for one in self.manner.always if one[0] not in said]
        headers.append((b"date", self.date))
        headers.append((b"x-request-id", self.request_id.encode()))
        return {"type": "http.response.start", "status": int(self.status), "headers": headers}


class Front:
    """An ASGI application around another one."""

    def __init__(self, inner: ASGIApp, door: Door, manner: Manner = TAXII_MANNER) -> None:
        self._inner = inner
        self._door = door
        self._manner = manner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._inner(scope, receive, send)
            return
        node = self._door.node
        # By the node's own clock, by which it signs too: so that others can tell how far it is off theirs.
        exchange = Exchange(scope, node.entropy(8).hex(), http_date(node.clock() // 1000), self._manner)
        state = scope["state"]
        state["request_id"], state["reader"], state["headers"] = exchange.request_id, "", ()
        scope["method"] = _ASKED_AS.get(exchange.method, scope["method"])

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = exchange.head(message, state["headers"])
            elif message["type"] == "http.response.body":
                if exchange.is_bodiless:
                    message["body"] = b""
                exchange.sent_bytes += len(message["body"])
            await send(message)

        started = time.perf_counter()
        try:
            await self._inner(scope, receive, send_on)
        except Exception as error:
            log_fault(error, exchange.request_id)
            if not exchange.status:
                await _send_unexpected(send_on, exchange)
        finally:
            self._record(scope, exchange, time.perf_counter() - started)

    def _record(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        route = str(scope.get("path_template") or "unmatched")
        method = exchange.method if exchange.method in _METHODS else "other"
        self._door.metrics.count(Series(method, route, exchange.status), seconds, exchange.sent_bytes)
        if LOG.isEnabledFor(logging.INFO):
            line = RequestLine(
                method=method,
                route=route,
                status=exchange.status,
                ms=round(seconds * 1_000, 2),
                bytes=exchange.sent_bytes,
                reader=scope["state"]["reader"],
                request_id=exchange.request_id,
            )
            LOG.info("%s", msgspec.json.encode(line).decode())


@lru_cache(maxsize=2)
def http_date(at_s: int) -> bytes:
    """Write a time in seconds since 1970 as HTTP does. RFC 9110 §5.6.7."""
    return formatdate(at_s, usegmt=True).encode()


def log_fault(error: BaseException, request_id: str) -> None:
    """Log where an unexpected error happened."""
    where = tuple(
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    )
    line = FaultLine(error=type(error).__qualname__, where=where, request_id=request_id)
    LOG.error("%s", msgspec.json.encode(line).decode())


async def _send_unexpected(send: Send, exchange: Exchange) -> None:
    body = exchange.manner.unexpected(exchange.request_id)
    headers = [(b"content-type", exchange.manner.media_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": UNEXPECTED.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _with_head(allow: bytes) -> bytes:
    methods = {part.strip() for part in allow.split(b",")}
    return b", ".join(sorted(methods | ({b"HEAD"} if b"GET" in methods else set())))
