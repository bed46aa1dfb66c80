"""Stands between two nodes as whoever holds the wire: passes on, records, answers again, sends twice, or lies."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpx
import msgspec

from comity.values import Json

KEPT_HEADERS = ("content-type", "date", "x-taxii-date-added-first", "x-taxii-date-added-last")
Change = Callable[[list[bytes], dict[str, Json]], bytes]
Raw = Callable[[BaseHTTPRequestHandler], None]


class Said(NamedTuple):
    """An answer as it was captured."""

    status: int
    headers: dict[str, str]
    body: bytes


class Relay:
    """What the wire does now. `raw` answers reading in the server's place, `change` alters pages."""

    def __init__(self, to: str) -> None:
        self.to, self.url = to, ""
        self.replaying, self.posting_twice, self.dated = False, False, True
        self.raw: Raw | None = None
        self.raw_everywhere = False  # else at pages alone
        self.change: Change | None = None
        self.captured: dict[str, list[Said]] = {}
        self.replayed = self.doubled = 0

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path = call.path.partition("?")[0]
        length = int(call.headers.get("content-length", "0"))
        body = call.rfile.read(length)
        is_page = call.command == "GET" and path.endswith("/objects/")
        if self.raw is not None and (is_page or self.raw_everywhere):
            call.close_connection = True
            with suppress(OSError):  # the reader hung up, as it should
                self.raw(call)
            return
        if self.replaying and call.command == "GET" and path in self.captured:
            said = self.captured[path][0]
            self.captured[path] = [*self.captured[path][1:], said]
            self.replayed += 1
        else:
            said = self._asked(call, body)
            if call.command == "GET":
                self.captured.setdefault(path, []).append(said)
            elif self.posting_twice:
                said = self._asked(call, body)
                self.doubled += 1
        if self.change is not None and is_page and said.status == 200:
            page = msgspec.json.decode(said.body, type=dict[str, msgspec.Raw])
            objects = [bytes(one) for one in msgspec.json.decode(page.get("objects", b"[]"), type=list[msgspec.Raw])]
            sidecar = msgspec.json.decode(objects.pop()) if objects and b"x-comity-sidecar" in objects[-1] else {}
            said = said._replace(body=self.change(objects, sidecar))
        call.send_response_only(said.status)  # without a date of its own
        for name, value in said.headers.items():
            if self.dated or name != "date":
                call.send_header(name, value)
        call.send_header("content-length", str(len(said.body)))
        call.end_headers()
        call.wfile.write(said.body)

    def _asked(self, call: BaseHTTPRequestHandler, body: bytes) -> Said:
        passed = {
            name: call.headers[name] for name in ("accept", "authorization", "content-type") if call.headers[name]
        }
        with httpx.Client(trust_env=False, timeout=30) as client:
            found = client.request(call.command, f"{self.to}{call.path}", headers=passed, content=body or None)
        kept = {name: found.headers[name] for name in KEPT_HEADERS if name in found.headers}
        return Said(found.status_code, kept, found.content.replace(self.to.encode(), self.url.encode()))


@contextmanager
def relaying(to: str) -> Iterator[Relay]:
    """Give a relay to a server until the block ends."""
    relay = Relay(to)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            relay.answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()


def page_of(objects: list[bytes], sidecar: dict[str, Json], **more: Json) -> bytes:
    """Write a page with its sidecar."""
    return msgspec.json.encode({"objects": [*map(msgspec.Raw, objects), sidecar], **more})
