"""Tests calls over node.sock: answers, progress, errors, hostile frames, stale sockets, long paths."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import ComityError, NotFound
from comity.wire.frames import Call
from comity.wire.socket_rpc import CallerGone, SocketServer, call


def echo(request: Call, report: Callable[[bytes], None]) -> bytes:
    if request.verb == "lose":
        raise NotFound("no such thing")
    if request.verb == "break":
        raise RuntimeError("secret inside")
    if request.verb == "work":
        report(b'{"done":1}')
    return bytes(request.request)


def a_call(verb: str, request: bytes = b"{}") -> Call:
    return Call(verb=verb, request=msgspec.Raw(request), actor=msgspec.Raw(b"{}"), id="1")


def ignore(progress: bytes) -> None:
    """Take a report of progress and do nothing."""


@contextmanager
def serving(folder: Path, answer: Callable[[Call, Callable[[bytes], None]], bytes] = echo) -> Iterator[SocketServer]:
    server = SocketServer(folder, answer)
    try:
        yield server
    finally:
        server.stop()


def raw(folder: Path, sent: bytes) -> bytes:
    """Send bytes as they are, say no more, and give everything that comes back."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(10)
        wire.connect(str(folder / "node.sock"))
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        got = b""
        with suppress(ConnectionResetError):  # the server hung up on what it had not read
            while piece := wire.recv(65536):
                got += piece
    return got


def test_a_call_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert call(tmp_path, a_call("echo", b'{"a":1}'), ignore) == b'{"a":1}'


def test_progress_comes_before_the_answer(tmp_path: Path) -> None:
    reports: list[bytes] = []
    with serving(tmp_path):
        call(tmp_path, a_call("work"), reports.append)
    assert reports == [b'{"done":1}']


def test_an_error_of_the_tree_is_raised_at_the_caller(tmp_path: Path) -> None:
    with serving(tmp_path), pytest.raises(NotFound, match="no such thing"):
        call(tmp_path, a_call("lose"), ignore)


def test_an_unforeseen_error_shows_an_id_and_nothing_else(tmp_path: Path) -> None:
    with serving(tmp_path), pytest.raises(ComityError, match=r"its log has [0-9a-f]{8}") as caught:
        call(tmp_path, a_call("break"), ignore)
    assert "secret" not in str(caught.value)


def test_nobody_at_the_socket_is_a_connection_error(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        call(tmp_path, a_call("echo"), ignore)


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "node.sock"))
    with pytest.raises(ConnectionError):
        call(tmp_path, a_call("echo"), ignore)
    with serving(tmp_path):
        assert call(tmp_path, a_call("echo"), ignore) == b"{}"


def test_the_socket_is_the_owners_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert (tmp_path / "node.sock").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == []


def test_a_folder_with_a_long_path_works(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / ("deeper" * 30)
    folder.mkdir(parents=True)
    with serving(folder):
        assert call(folder, a_call("echo"), ignore) == b"{}"


def test_long_work_ends_when_its_caller_is_gone(tmp_path: Path) -> None:
    ended = threading.Event()

    def work(request: Call, report: Callable[[bytes], None]) -> bytes:
        try:
            for _ in range(10_000):
                threading.Event().wait(0.01)
                report(b'{"done":1}')
        except CallerGone:
            ended.set()
            raise
        return b"{}"

    body = msgspec.json.encode(a_call("work"))
    with serving(tmp_path, work):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(tmp_path / "node.sock"))
            wire.sendall(struct.pack(">I", len(body)) + body)
        assert ended.wait(10)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x05hello",
        b"\x00\x00\x00\x09cut",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x04\xff\xfe\x00\x01",
        struct.pack(">I", 200_000) + b"[" * 200_000,
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_malformed_frame_does_not_end_the_server(tmp_path: Path, sent: bytes) -> None:
    with serving(tmp_path):
        raw(tmp_path, sent)
        assert call(tmp_path, a_call("echo"), ignore) == b"{}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), honest=st.booleans())
def test_no_bytes_end_the_server(body: bytes, honest: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    with serving(folder):
        raw(folder, (struct.pack(">I", len(body)) if honest else b"") + body)
        assert call(folder, a_call("echo"), ignore) == b"{}"
