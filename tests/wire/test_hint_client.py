"""Tests what a hint says on the wire, and what each answer to it means."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from comity.errors import NotFound, TooLarge, Unauthenticated, Unreachable
from comity.wire.addresses import networks_of
from comity.wire.hint_client import post_hint
from comity.wire.outbound import Outbound
from comity.wire.taxii_client import Login

OUTBOUND = Outbound(listed=networks_of(("127.0.0.0/8",)))
LOGIN = Login(user="freedonia", password="a secret")


class Peer:
    """Answers hints with a status and a body, and remembers what came."""

    def __init__(self) -> None:
        self.status, self.body, self.url = 202, b"", ""
        self.came: list[tuple[str, str, str, bytes]] = []


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            made.came.append(("POST", self.path, self.headers.get("authorization", ""), body))
            self.send_response(made.status)
            self.send_header("content-length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/hint"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def test_a_hint_is_empty_and_signed_in(peer: Peer) -> None:
    post_hint(OUTBOUND, peer.url, LOGIN)
    assert peer.came == [("POST", "/hint", LOGIN.header["authorization"], b"")]


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthenticated), (403, NotFound), (404, NotFound), (405, NotFound), (503, Unreachable)]
)
def test_each_refusal_says_whose_turn_it_is(peer: Peer, status: int, error: type[Exception]) -> None:
    peer.status = status
    with pytest.raises(error):
        post_hint(OUTBOUND, peer.url, LOGIN)
    assert len(peer.came) == 1


def test_a_large_answer_is_not_read(peer: Peer) -> None:
    peer.body = b"x" * 100_000
    with pytest.raises(TooLarge):
        post_hint(OUTBOUND, peer.url, LOGIN)
