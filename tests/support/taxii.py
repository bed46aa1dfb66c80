"""Speaks to the TAXII door: in the process without a socket, or over a real one served as in life."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import anyio.from_thread
import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from comity.desk.node_type import Node
from comity.taxii.app import create_app
from comity.values import Json

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


class Hub(Protocol):
    """A node with two readers, Ruritania and Elbonia, to which items can be delivered."""

    node: Node
    ruritania: Reader
    elbonia: Reader

    def deliver(self, *objects: Object) -> None:
        """Make objects visible to Ruritania, in this order, each at its own date."""


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


@contextmanager
def served(app: Litestar, *, prefix: str | None = None) -> Iterator[str]:
    """Serve an application on a free port of loopback until the block ends; gives its base URL."""
    port = _free_port()
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False, url_path_prefix=prefix
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        wait_until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}{prefix or ''}"
    finally:
        server.stop()
        thread.join(timeout=20)


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
