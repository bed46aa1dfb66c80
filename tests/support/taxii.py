"""Speaks to the TAXII door: in the process without a socket, or over a real one served as in life."""

import asyncio
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import anyio.from_thread
import httpx
import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from comity.desk.actor import Actor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.settings_type import Settings
from comity.node import new_node, open_node
from comity.taxii.app import create_app
from comity.values import Instant, Json, instant
from comity.web.app import Site
from tests.support.folders import Kept, kept, lay_out

MEDIA = "application/taxii+json;version=2.1"
ROOT = "/taxii2/root/"
Object = dict[str, Json]


class Reader(NamedTuple):
    """A party's reader with its credentials."""

    party: str
    user: str
    password: str
    token: str
    view_id: str
    inbox_id: str

    @property
    def auth(self) -> tuple[str, str]:
        return self.user, self.password

    @property
    def view(self) -> str:
        return f"{ROOT}collections/{self.view_id}/"

    @property
    def inbox(self) -> str:
        return f"{ROOT}collections/{self.inbox_id}/"


AGREEMENT = """\
id = "open-2030"
title.en = "Freedonia's arrangement for the tests of its door"
parties = ["freedonia", "ruritania"]
in_force_from = 2029-01-01
review_by = 2039-01-01

[[clause]]
article = "1"
kind = "share"
from = ["freedonia"]
to = ["ruritania"]
tlp_at_most = "amber"
text.en = "Freedonia provides what it holds up to TLP:AMBER."
"""
OWNER = Actor(name="tests", role="administrator", via="cli")


class Hub:
    """Freedonia's node with two readers: Ruritania may have all that Freedonia holds, Elbonia nothing.

    Its clock stands still but for a millisecond a reading, and its random bytes are a counted hash: the same settings
    give the same node, so that it is made once and laid out from then on.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        said = {"party": "freedonia", "title": "Freedonia", "kind": "state", **settings}
        self._folder, self._count, self._drops = folder, 0, 0
        self.now = instant("2030-06-01T12:00:00Z")
        key = repr(sorted(said.items()))
        if key in _FOUNDED:
            lay_out(_FOUNDED[key].folder, folder)
        else:
            self._found(msgspec.convert(said, Settings))
            _FOUNDED[key] = _Founded(kept(folder), self.now, self._count, self.ruritania, self.elbonia)
        _, self.now, self._count, self.ruritania, self.elbonia = _FOUNDED[key]
        self.node = open_node(folder, clock=self._clock, entropy=self._entropy)

    def _found(self, given: Settings) -> None:
        with new_node(self._folder, given, clock=self._clock, entropy=self._entropy) as node:
            init_node(node, OWNER, InitRequest())
        self.node = open_node(self._folder, clock=self._clock, entropy=self._entropy)
        for title in ("Ruritania", "Elbonia"):
            add_party(self.node, OWNER, AddPartyRequest(title=title, kind="state", default_tlp="green"))
        add_agreement(self.node, OWNER, AddAgreementRequest(text=AGREEMENT.encode()))
        adhere_agreement(self.node, OWNER, AdhereAgreementRequest(agreement="open-2030"))
        self.ruritania, self.elbonia = self._reader("ruritania"), self._reader("elbonia")
        self.node.store.close()

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.node.store.close()

    def deliver(self, *objects: Object) -> None:
        """Take objects in, in this order, and make them visible to Ruritania, each at its own date."""
        self._drops += 1
        drop = self._folder.parent / f"drop-{self._drops}.json"
        drop.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
        request = ImportItemsRequest(paths=(str(drop),), default_tlp="green")
        answer = import_items(self.node, OWNER, request)
        assert answer.quarantined == 0, answer.quarantine

    def pass_hours(self, hours: int) -> None:
        """Let time go by."""
        self.now = Instant(self.now + hours * 3_600_000)

    def _reader(self, party: str) -> Reader:
        added = add_reader(self.node, OWNER, AddReaderRequest(party=party))
        return Reader(party, added.user, added.password, added.password, added.collection, added.inbox)

    def _clock(self) -> Instant:
        self.now = Instant(self.now + 1)
        return self.now

    def _entropy(self, count: int) -> bytes:
        self._count += 1
        return hashlib.shake_128(str(self._count).encode()).digest(count)


class _Founded(NamedTuple):
    folder: Kept
    now: Instant
    count: int
    ruritania: Reader
    elbonia: Reader


_FOUNDED: dict[str, _Founded] = {}


def indicator(n: int, **more: Json) -> Object:
    """An indicator of its own for each number; `modified` is a version of it."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{n:08x}-0000-4000-8000-000000000000",
        "created": "2030-01-01T00:00:00.000Z",
        "modified": "2030-01-01T00:00:00.000Z",
        "name": f"Indicator {n}",
        "pattern": f"[ipv4-addr:value = '192.0.2.{n % 256}']",
        "pattern_type": "stix",
        "valid_from": "2030-01-01T00:00:00Z",
        **more,
    }


class Caller:
    """Calls the application in the process, as Ruritania's reader on this machine unless told otherwise."""

    def __init__(self, hub: Hub, *, peer: str = "127.0.0.1", app: Litestar | None = None) -> None:
        self.hub = hub
        self.app = app or create_app(hub.node)
        self._portal_of = anyio.from_thread.start_blocking_portal()
        self._peer = peer

    def __enter__(self) -> "Caller":
        self._portal = self._portal_of.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._portal_of.__exit__(None, None, None)

    def __call__(
        self,
        method: str,
        path: str,
        *,
        auth: tuple[str, str] | None | str = "",
        headers: Mapping[str, str] | list[tuple[bytes, bytes]] | None = None,
        content: bytes | None = None,
        peer: str = "",
    ) -> httpx.Response:
        """Send one request. `auth`: nothing said means Ruritania's, None means nobody's."""
        basic = self.hub.ruritania.auth if isinstance(auth, str) else auth

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(peer or self._peer, 50_000), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub.example") as client:
                return await client.request(method, path, auth=basic, headers=headers, content=content)

        return self._portal.call(send)

    def get(self, path: str, **more: str) -> httpx.Response:
        """Read as Ruritania; `more` are headers."""
        return self("GET", path, headers={name.replace("_", "-"): value for name, value in more.items()})


def post(caller: Caller, body: bytes, path: str = "", **headers: str) -> httpx.Response:
    """Submit as Ruritania, to its inbox if no path is given; `headers` with underscores."""
    named = {"content-type": MEDIA, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return caller("POST", path or caller.hub.ruritania.inbox + "objects/", headers=named, content=body)


def envelope(*objects: object) -> bytes:
    """Write a TAXII envelope."""
    return json.dumps({"objects": objects}).encode()


@contextmanager
def served(app: Litestar | Site, *, prefix: str | None = None, port: int = 0) -> Iterator[str]:
    """Serve an application on loopback, on a free port if none is given, until the block ends; gives its base URL."""
    port = port or _free_port()
    loops: list[asyncio.AbstractEventLoop] = []
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False, url_path_prefix=prefix
    )

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    def end() -> None:
        if isinstance(app, Site):
            app.close()  # as a node does: pages that listen would hold the server up
        server.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        wait_until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}{prefix or ''}"
    finally:
        loops[0].call_soon_threadsafe(end)
        thread.join(timeout=20)
        assert not thread.is_alive()


def wait_until(holds: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until something holds; fails after `timeout_s` seconds."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        threading.Event().wait(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
