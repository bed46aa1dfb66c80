"""Carries verbs from the command line to the process that owns the node, over `node.sock` in the node's folder.

The socket is the owner's alone (mode 0600, and the caller's user is checked), so whoever can call is the
administrator already. A caller that goes away ends long work at its next report of progress; what was acknowledged
stays, and work that reports none is finished.
"""

import logging
import os
import secrets
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from comity.errors import Busy, ComityError, NodeError, RecordRejected
from comity.wire.frames import (
    LONGEST_ANSWER_BYTES,
    LONGEST_CALL_BYTES,
    Call,
    Fault,
    Reply,
    error_of,
    fault_of,
    receive_frame,
    send_frame,
)

FILE_NAME = "node.sock"
LONGEST_PATH = 100  # the kernel's limit is 108 bytes on Linux, 104 elsewhere
MOST_CALLERS = 32
CALL_WITHIN_S = 10.0  # a caller that connects must have sent its call by then
REPORT_EVERY_S = 0.1

Answer = Callable[[Call, Callable[[bytes], None]], bytes]
log = logging.getLogger("comity.wire")


class CallerGone(ComityError):
    """The caller hung up while long work was running for it."""

    code = "caller-gone"


def call(folder: Path, request: Call, on_progress: Callable[[bytes], None]) -> bytes:
    """Ask the serving node for a verb and give its answer's JSON.

    Raises:
        ConnectionError: nobody answers at the socket.
        ComityError: what the verb raised over there.
        NodeError: the server went away before it answered.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        with _reachable(folder) as address:
            try:
                wire.connect(address)
            except OSError as exc:
                raise ConnectionError(exc.errno, f"nobody answers at {folder / FILE_NAME}") from exc
        try:
            send_frame(wire, request)
            while True:
                reply = _next_reply(wire)
                if isinstance(reply.progress, msgspec.Raw):
                    on_progress(bytes(reply.progress))
                elif isinstance(reply.error, Fault):
                    raise error_of(reply.error)
                elif isinstance(reply.answer, msgspec.Raw):
                    return bytes(reply.answer)
        except OSError as exc:
            raise NodeError("the server went away before it answered") from exc


def _next_reply(wire: socket.socket) -> Reply:
    try:
        body = receive_frame(wire, limit_bytes=LONGEST_ANSWER_BYTES)
        if body is None:
            raise NodeError("the server went away before it answered")
        return msgspec.json.decode(body, type=Reply)
    except (RecordRejected, msgspec.DecodeError) as exc:
        raise NodeError("the server's answer cannot be read") from exc


class SocketServer:
    """Answers calls at `node.sock`, each in a thread of its own. Start it only while holding the node's lock."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._folder, self._answer = folder, answer
        self._stopping = threading.Event()
        self._callers: set[threading.Thread] = set()
        self._guard = threading.Lock()
        self._listener = _listen(folder)
        self._woken, self._wake = socket.socketpair()
        self._accepting = threading.Thread(target=self._accept, name="node-sock", daemon=True)
        self._accepting.start()

    def stop(self, *, within_s: float = 30.0) -> None:
        """Take no more calls, wait for those that run, and remove the socket."""
        self._stopping.set()
        self._wake.send(b"!")
        self._accepting.join()
        for own in (self._listener, self._woken, self._wake):
            own.close()
        give_up_at = time.monotonic() + within_s
        for caller in tuple(self._callers):
            caller.join(max(0.0, give_up_at - time.monotonic()))
        (self._folder / FILE_NAME).unlink(missing_ok=True)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            ready, _, _ = select.select([self._listener, self._woken], [], [])
            if self._listener not in ready:
                continue
            try:
                wire, _ = self._listener.accept()
            except OSError:
                log.exception("node.sock accepts no calls for a moment")
                self._stopping.wait(0.5)  # out of file handles, most likely: let some be closed
                continue
            thread = threading.Thread(target=self._attend, args=(wire,), name="node-call", daemon=True)
            with self._guard:
                self._callers.add(thread)
            thread.start()

    def _attend(self, wire: socket.socket) -> None:
        try:
            with wire:
                wire.settimeout(CALL_WITHIN_S)
                reply = self._reply(wire)
                if reply is not None:
                    with suppress(OSError):  # the caller is gone; its answer is in the store
                        send_frame(wire, reply)
        finally:
            with self._guard:
                self._callers.discard(threading.current_thread())

    def _reply(self, wire: socket.socket) -> Reply | None:
        """Answer one call. The door of this process: nothing that a call does may end the server."""
        try:
            _check_caller(wire)
            if len(self._callers) > MOST_CALLERS or self._stopping.is_set():
                raise Busy("the node takes no more calls just now")
            body = receive_frame(wire, limit_bytes=LONGEST_CALL_BYTES)
            if body is None:
                return None
            request = _read_call(body)
            return Reply(answer=msgspec.Raw(self._answer(request, _Reporter(wire))))
        except ComityError as error:
            return Reply(error=fault_of(error))
        except OSError:
            log.info("a call on node.sock broke off")
            return None
        except Exception:
            error_id = secrets.token_hex(4)
            log.exception("a verb failed", extra={"error_id": error_id})
            words = "the node failed at this; its log has {error_id}"
            return Reply(error=Fault(code="internal", message=words, said={"error_id": error_id}))


class _Reporter:
    """Sends reports of progress, not more often than people can see."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._next_at = 0.0

    def __call__(self, progress: bytes) -> None:
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + REPORT_EVERY_S
        try:
            send_frame(self._wire, Reply(progress=msgspec.Raw(progress)))
        except OSError as exc:
            raise CallerGone("the caller hung up") from exc


def _read_call(body: bytes) -> Call:
    try:
        return msgspec.json.decode(body, type=Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RecordRejected("not-a-call", detail=str(exc)) from exc


def _check_caller(wire: socket.socket) -> None:
    """Refuse a caller of another user. Where the system cannot say (not Linux), the socket's mode alone guards."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    if user not in (os.geteuid(), 0):
        raise NodeError("only the node's own user may call it")


def _listen(folder: Path) -> socket.socket:
    """Listen at `node.sock`, replacing what a dead server left: bound aside, closed to others, then moved in place."""
    aside = f".{FILE_NAME}.{secrets.token_hex(4)}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _reachable(folder, aside) as address:
            listener.bind(address)
        (folder / aside).chmod(0o600)
        listener.listen(MOST_CALLERS)
        listener.setblocking(False)
        (folder / aside).replace(folder / FILE_NAME)
    except OSError as exc:
        listener.close()
        (folder / aside).unlink(missing_ok=True)
        raise NodeError("{path} cannot be opened: {why}", path=folder / FILE_NAME, why=exc.strerror or exc) from exc
    return listener


@contextmanager
def _reachable(folder: Path, name: str = FILE_NAME) -> Iterator[str]:
    """Give an address of the socket that the kernel takes: a long path is reached through an open folder."""
    path = str(folder / name)
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield path
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        short = f"/proc/self/fd/{handle}/{name}"
        if not Path(f"/proc/self/fd/{handle}").exists():
            raise NodeError("the path of the node's folder is too long for a socket: {path}", path=path)
        yield short
    finally:
        os.close(handle)
