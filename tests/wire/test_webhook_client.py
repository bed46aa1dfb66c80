"""Tests what a webhook gets on the wire, that its signature covers all of it, and what each answer means."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from comity.errors import NotFound, NotPermitted, TooLarge, Unreachable, UsageError
from comity.values import Instant
from comity.wire.addresses import networks_of
from comity.wire.outbound import Outbound
from comity.wire.webhook_client import LARGEST_BODY_BYTES, new_secret, post_webhook, signed_headers

OUTBOUND = Outbound(listed=networks_of(("127.0.0.0/8",)))
SECRET = new_secret(bytes(range(32)))
AT = Instant(1_930_132_800_999)


class Receiver:
    """Answers with a status, and remembers what came."""

    def __init__(self) -> None:
        self.status, self.url = 204, ""
        self.came: list[tuple[dict[str, str], bytes]] = []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            made.came.append(({name.lower(): said for name, said in self.headers.items()}, body))
            self.send_response(made.status)
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/hook?of=desk"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def test_a_receiver_can_check_who_sent_it_and_when(receiver: Receiver) -> None:
    post_webhook(OUTBOUND, receiver.url, SECRET, "notice_7", AT, b'{"type":"desk.waits"}')
    ((headers, body),) = receiver.came
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("notice_7", "1930132800")
    assert headers["content-type"] == "application/json"
    signed = b"notice_7.1930132800." + body
    expected = base64.b64encode(hmac.new(bytes(range(32)), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_another_id_time_body_or_secret_is_another_signature() -> None:
    said = {
        signed_headers(secret, name, at, body)["webhook-signature"]
        for secret in (SECRET, new_secret(b"x" * 32))
        for name in ("a", "b")
        for at in (AT, Instant(AT + 1_000))
        for body in (b"{}", b"[]")
    }
    assert len(said) == 16


@pytest.mark.parametrize(
    ("status", "error"), [(410, NotFound), (302, Unreachable), (400, Unreachable), (503, Unreachable)]
)
def test_each_answer_says_whether_to_try_again(receiver: Receiver, status: int, error: type[Exception]) -> None:
    receiver.status = status
    with pytest.raises(error):
        post_webhook(OUTBOUND, receiver.url, SECRET, "a", AT, b"{}")
    assert len(receiver.came) == 1


def test_an_address_that_is_not_listed_is_not_called(receiver: Receiver) -> None:
    with pytest.raises(NotPermitted):
        post_webhook(Outbound(), receiver.url, SECRET, "a", AT, b"{}")
    assert receiver.came == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_!!!", "whsec_é", "whsec_" + "A" * 400])
def test_a_weak_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(UsageError):
        signed_headers(secret, "a", AT, b"{}")


@pytest.mark.parametrize("name", ["", "a.b", "a\r\nhost: b", "a" * 101])
def test_a_strange_id_is_not_signed(name: str) -> None:
    with pytest.raises(UsageError):
        signed_headers(SECRET, name, AT, b"{}")


def test_what_is_too_large_is_not_sent(receiver: Receiver) -> None:
    with pytest.raises(TooLarge):
        post_webhook(OUTBOUND, receiver.url, SECRET, "a", AT, b"x" * (LARGEST_BODY_BYTES + 1))
    assert receiver.came == []
