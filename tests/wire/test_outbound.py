"""Tests the node's one way out: who is called, how long and how much, and what a hostile server can make of it."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from comity.errors import ComityError, NotPermitted, TooLarge, Unreachable, UsageError
from comity.wire.addresses import networks_of
from comity.wire.outbound import Limits, Line, Origin, Outbound, origin_of
from tests.support.certificates import a_certificate

LOOPBACK = networks_of(["127.0.0.0/8"])
SMALL = Outbound(listed=LOOPBACK, limits=Limits(answer_bytes=1000, connect_s=2, answer_s=3))
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk, *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on loopback, one connection after another, until the block ends; gives the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    wire, _ = listener.accept()
                    with wire if context is None else context.wrap_socket(wire, server_side=True) as line:
                        talk(line)
                except OSError:  # the client hung up, or the block has ended
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{port}"
        ended.set()
        with socket.create_connection(("127.0.0.1", port)):
            pass
        thread.join(timeout=10)


def saying(answer: bytes) -> Talk:
    def talk(wire: socket.socket) -> None:
        while _request(wire):
            wire.sendall(answer)
            if b"keep-alive" not in answer:
                return

    return talk


def _request(wire: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        more = wire.recv(65536)
        if not more:
            return b""
        got += more
    return got


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(url: str, outbound: Outbound = SMALL, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    with Line(outbound, origin_of(url)) as line:
        answer = line.call(method, url, headers={}, body=body)
        return answer.status, answer.body


def test_an_answer_comes_back_whole() -> None:
    with server(saying(ok(b"hello", "x-a: b"))) as url:
        assert ask(f"{url}/path?q=1") == (200, b"hello")


def test_a_packed_answer_is_unpacked() -> None:
    with server(saying(ok(gzip.compress(b"hello" * 100), "content-encoding: gzip"))) as url:
        assert ask(url)[1] == b"hello" * 100


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ok(b"x" * 1001), TooLarge),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", TooLarge),
        (ok(gzip.compress(bytes(10_000_000)), "content-encoding: gzip"), TooLarge),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, TooLarge),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            + b"3e8\r\n"
            + b"x" * 1000
            + b"\r\n"
            + b"5\r\nhello\r\n0\r\n\r\n",
            TooLarge,
        ),
        (ok(b"abc", "content-encoding: gzip"), Unreachable),
        (ok(gzip.compress(b"abc")[:-9], "content-encoding: gzip"), Unreachable),
        (ok(b"abc", "content-encoding: br"), Unreachable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\ntoo short", Unreachable),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5000 + b"\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", Unreachable),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Unreachable),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 307 Elsewhere\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n", Unreachable),
        (b"", Unreachable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n", TooLarge),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(b"abc") + b"more" * 5000, Unreachable),
    ],
    ids=range(18),
)
def test_a_hostile_answer_is_an_error_and_takes_little(answer: bytes, error: type[ComityError]) -> None:
    with server(saying(answer)) as url, pytest.raises(error):
        ask(url)


def test_a_length_that_is_no_number_counts_as_none() -> None:
    with server(saying(b"HTTP/1.1 200 OK\r\ncontent-length: \xb2\r\n\r\nhello")) as url:
        assert ask(url) == (200, b"hello")


def test_one_byte_at_a_time_keeps_nobody() -> None:
    def drip(wire: socket.socket) -> None:
        _request(wire)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
            wire.sendall(bytes([byte]))
            time.sleep(0.05)

    started = time.monotonic()
    with server(drip) as url, pytest.raises(Unreachable, match="too long"):
        ask(url)
    assert time.monotonic() - started < 10


def test_a_line_is_hung_up_after_a_failure_however_long_the_error_is_kept() -> None:
    hung_up = threading.Event()

    def talk(wire: socket.socket) -> None:
        _request(wire)
        wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001)
        with suppress(ConnectionResetError):
            wire.recv(1)
        hung_up.set()

    with server(talk) as url:
        with pytest.raises(TooLarge) as kept:
            ask(url)
        assert hung_up.wait(5)
        assert kept.value


def test_silence_keeps_nobody() -> None:
    quiet = Outbound(listed=LOOPBACK, limits=Limits(connect_s=0.3, answer_s=1))
    with server(lambda wire: bool(wire.recv(1_000_000)) and time.sleep(1.5)) as url, pytest.raises(Unreachable):
        ask(url, quiet)


def test_a_line_closed_meanwhile_is_opened_anew_for_reading_and_not_for_writing() -> None:
    with server(saying(ok(b"hello"))) as url, Line(SMALL, origin_of(url)) as line:
        for _ in range(3):  # the server hangs up after each answer without saying so
            assert line.call("GET", url, headers={}).body == b"hello"
        with pytest.raises(Unreachable, match="hung up"):
            line.call("POST", url, headers={}, body=b"once")
        assert line.call("POST", url, headers={}, body=b"twice").status == 200


def test_another_origin_is_never_called() -> None:
    with server(saying(ok(b"hello"))) as url, Line(SMALL, origin_of(url)) as line:
        for other in ("http://127.0.0.1:1/", "https://127.0.0.1/", "http://localhost/"):
            with pytest.raises(NotPermitted):
                line.call("GET", other, headers={"authorization": "secret"})


def test_the_machine_itself_is_called_only_where_that_is_listed() -> None:
    with server(saying(ok(b"hello"))) as url, pytest.raises(NotPermitted):
        ask(url, Outbound())


def test_clear_text_goes_to_listed_networks_only() -> None:
    with pytest.raises(NotPermitted, match="without TLS"):
        ask("http://198.41.0.4/", Outbound(listed=LOOPBACK, resolve=lambda *_: ["198.41.0.4"]))


def test_a_name_is_resolved_once_and_called_where_it_was_judged() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with server(saying(ok(b"hello", "connection: keep-alive"))) as url:
        named = url.replace("127.0.0.1", "peer.example")
        outbound = Outbound(listed=LOOPBACK, resolve=rebinding)
        assert ask(named, outbound) == (200, b"hello")
    assert asked == ["peer.example"]


def test_nobody_at_the_port_is_unreachable(free_port: int) -> None:
    with pytest.raises(Unreachable):
        ask(f"http://127.0.0.1:{free_port}/")


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with server(saying(ok(b"hello")), context=context) as url:
        trusting = Outbound(listed=LOOPBACK, ca_file=certificate)
        assert ask(url, trusting) == (200, b"hello")
        with pytest.raises(Unreachable, match="certificate"):
            ask(url, SMALL)
        with pytest.raises(Unreachable, match="certificate"):
            ask(
                url.replace("127.0.0.1", "peer.example"),
                Outbound(listed=LOOPBACK, ca_file=certificate, resolve=lambda *_: ["127.0.0.1"]),
            )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://peer.example/",
        "file:///etc/passwd",
        "gopher://peer.example/",
        "//peer.example/",
        "http:///path",
        "http://user:password@peer.example/",
        "https://peer.example@127.0.0.1/",
        "https://peer.example\\@127.0.0.1/",
        "https://peer.example/a b",
        "https://peer.example/\r\nhost: other",
        "https://peer.example\t/",
        "https://peer.example:99999/",
        "https://peer.example:x/",
        "https://peer.exämple/",
        "https://[::1/",
        "https://127。0。0。1/",
    ],
)
def test_what_is_no_url_of_ours_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        origin_of(url)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://Peer.Example./a?b") == Origin("https", "peer.example", 443)
    assert origin_of("http://[::1]:8080/") == Origin("http", "::1", 8080)
