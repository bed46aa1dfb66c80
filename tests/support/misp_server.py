"""A MISP server on loopback, as its documentation and PyMISP describe it: reads, adds and edits; remembers calls."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "k" * 40
Answer = tuple[int, Any]


class MispServer:
    """Holds events by their uuids. `on_call`, if set, answers in its place."""

    def __init__(self) -> None:
        self.url = ""
        self.events: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.on_call: Callable[[str], Answer | None] = lambda call: None

    def answer(self, method: str, path: str, key: str | None, body: bytes) -> Answer:
        """Do what MISP does."""
        call = f"{method} {path}"
        self.calls.append(call)
        instead = self.on_call(call)
        if instead is not None:
            return instead
        if key != KEY:
            return 403, {"name": "Authentication failed. Please make sure you pass the API key.", "url": path}
        if path == "/events/restSearch":
            return self._search(json.loads(body))
        if path.startswith("/events/view/"):
            event = self.events.get(path.rpartition("/")[2])
            return (404, {"name": "Invalid event", "url": path}) if event is None else (200, {"Event": event})
        event = json.loads(body)["Event"]
        held = self.events.get(event["uuid"])
        if path == "/events/add" and held is None:
            self.events[event["uuid"]] = event
            return 200, {"Event": event}
        if held is not None and int(event["timestamp"]) <= int(held["timestamp"]):
            words = "Event could not be saved: Event in the request not newer than the local copy."
            return 403, {"saved": False, "name": "Could not edit Event", "errors": words}
        self.events[event["uuid"]] = event
        return 200, {"Event": event}

    def _search(self, asked: dict[str, Any]) -> Answer:
        self.asked.append(asked)
        found = [one for one in self.events.values() if int(one["timestamp"]) >= int(asked.get("timestamp", 0))]
        start = (asked["page"] - 1) * asked["limit"]
        return 200, {"response": [{"Event": one} for one in found[start : start + asked["limit"]]]}


@contextmanager
def misp_server() -> Iterator[MispServer]:
    """Serve until the block ends."""
    misp = MispServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, said = misp.answer(method, self.path, self.headers.get("authorization"), body)
            text = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            if status == 302:
                self.send_header("location", "http://192.0.2.1/")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    misp.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield misp
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
