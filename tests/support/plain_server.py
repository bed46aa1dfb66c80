"""Serves one TAXII 2.1 collection on loopback, plainly or as a test tells it to, and remembers what was posted."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from comity.desk.add_outlet import AddOutletRequest, add_outlet
from comity.desk.outlets import OutletView, outlet_view, outlets_of
from comity.desk.submit_to_outlets import OutletSubmitted, SubmitRequest, submit_to_outlets
from tests.support.nodes import OFFICER, Freedonia, Object, agreement, clause, freedonia

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
STATUS = "2d086da7-4bdc-4f91-900e-d77486753710"
Answer = tuple[int, Any]  # HTTP status, and what is written as JSON; bytes go as they are


class PlainServer:
    """Takes what is posted, each id and version once. `on_post` and `on_status` answer in its place, if set."""

    def __init__(self) -> None:
        self.base = ""
        self.title = "Elbonia's indicators"
        self.can_read = True
        self.information: Any = {"title": "root", "versions": [], "max_content_length": 1_000_000}
        self.on_post: Callable[[list[Object]], Answer] | None = None
        self.on_status: Callable[[], Answer] | None = None
        self.stored: dict[tuple[str, str], Object] = {}
        self.posts: list[list[str]] = []
        self.calls: list[str] = []

    @property
    def url(self) -> str:
        """The collection's."""
        return f"{self.base}/api/collections/{COLLECTION}/"

    @property
    def ids(self) -> list[str]:
        """What is stored."""
        return sorted(name for name, _ in self.stored)

    def store(self, objects: list[Object]) -> Answer:
        """Take objects as a good server does."""
        for one in objects:
            self.stored.setdefault((str(one["id"]), str(one.get("modified", ""))), one)
        return self.status(objects)

    def status(
        self, taken: list[Object], failed: list[Object] | None = None, pending: list[Object] | None = None, **more: Any
    ) -> Answer:
        """Give a status on these objects."""
        lists = {"success": taken, "failure": failed or [], "pending": pending or []}
        said: dict[str, Any] = {"id": STATUS, "status": "pending" if pending else "complete"}
        names = {"success": "successes", "failure": "failures", "pending": "pendings"}
        for name, found in lists.items():
            said[f"{name}_count"] = len(found)
            said[names[name]] = [
                {"id": one["id"], "version": one.get("modified", "2031-01-01T00:00:00Z"), "message": f"{name} of it"}
                for one in found
            ]
        said["total_count"] = sum(map(len, lists.values()))
        return 202, {**said, **more}

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Answer one call."""
        self.calls.append(f"{method} {path}")
        match method, path.removeprefix("/api/").removeprefix(f"collections/{COLLECTION}/"):
            case "GET", "collections/":
                listed = {"id": COLLECTION, "title": self.title, "can_read": self.can_read, "can_write": True}
                return 200, {"collections": [listed]}
            case "GET", "":
                return 200, self.information
            case "GET", "manifest/":
                asked = parse_qs(query)["match[id]"][0].split(",")
                found = [{"id": name, "version": at} for name, at in self.stored if name in asked]
                return (200, {"objects": found}) if self.can_read else (403, {})
            case "POST", "objects/":
                objects = json.loads(body)["objects"]
                self.posts.append([str(one["id"]) for one in objects])
                return self.store(objects) if self.on_post is None else self.on_post(objects)
            case "GET", rest if rest.startswith("status/"):
                return (404, {}) if self.on_status is None else self.on_status()
        return 404, {"title": "nothing here"}


@contextmanager
def plain_server() -> Iterator[PlainServer]:
    """Serve until the block ends."""
    plain = PlainServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, said = plain.answer(self.command, parts.path, parts.query, sent)
            if status == 0:  # hang up without a word
                self.close_connection = True
                return
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{plain.base}/elsewhere/")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        plain.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield plain
        server.shutdown()
        thread.join()


class Submitter:
    """Freedonia's node, which submits to Ruritania's server what Ruritania may have: up to TLP:AMBER."""

    def __init__(self, hub: Freedonia) -> None:
        self.hub, self.node = hub, hub.node
        self.agreement = hub.agree(
            agreement(clause("1", "share", tlp_at_most="amber")), adhere=("freedonia-csirt", "ruritania-csirt")
        )

    def add(self, url: str, **login: str) -> OutletView:
        """Submit there from now on."""
        return add_outlet(self.node, OFFICER, AddOutletRequest(party="ruritania-csirt", url=url, **login))

    def submit(self, *, due_only: bool = False) -> OutletSubmitted:
        """Submit once."""
        self.hub.settle()
        (told,) = submit_to_outlets(self.node, OFFICER, SubmitRequest(due_only=due_only)).outlets
        return told

    def seen(self) -> OutletView:
        """Give the outlet as people see it."""
        (named,) = outlets_of(self.node)
        with self.node.store.read() as tx:
            return outlet_view(tx, named, self.node.clock())

    def items(self) -> dict[str, tuple[int, str]]:
        """Give (state, words) of what was put in line, by id."""
        with self.node.store.read() as tx:
            rows = tx.exec_driver_sql(
                "select r.stix_id, s.state, s.words from submitted s join records r on r.no = s.item_no"
            )
            return {row[0]: (row[1], row[2]) for row in rows}


@contextmanager
def a_submitter(folder: Path, **settings: Any) -> Iterator[Submitter]:
    """Give the node until the block ends."""
    with freedonia(folder, outbound_networks=["127.0.0.0/8"], **settings) as hub:
        yield Submitter(hub)
