"""Lets a second process read items ahead, so that on two processors one reads while the other writes.

That process is given the bytes of items and says what follows from them: it knows no file, no store and no key, and all
of the input is read here. It only spares time. Where it cannot be had, ends, or does not answer in time, items are read
here, as they are without it. It ends with us, as its input does.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO

import msgspec

from comity.desk.cpu_share import cpus_to_use
from comity.desk.input_batches import Batch
from comity.desk.item_reading import ItemReader, Seen
from comity.desk.quiet import collector_resting
from comity.errors import RecordRejected
from comity.records.personal import PersonalRule, index_rules
from comity.wire.bundles import Found

LEAST_BYTES = 16 << 20  # for less, starting a process takes longer than it spares
STALLED_S: float = 60  # without a byte from or to the other process: a batch takes less than a second
_PROGRAM = "from comity.desk.reading_ahead import serve; serve()"
_LENGTH_BYTES = 8
_LONGEST_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20  # also of a pipe, where that may be had: a batch is some megabytes
_END_S = 10

_RULES = msgspec.msgpack.Decoder(tuple[PersonalRule, ...])
_BODIES = msgspec.msgpack.Decoder(list[bytes | None])
_SEEN = msgspec.msgpack.Decoder(list[Seen | None])
_ENCODE = msgspec.msgpack.Encoder().encode

Ahead = Sequence[Seen | None]  # of each object of a batch; empty: nothing was read


class ReadingAhead:
    """Gives batches together with what of them was read meanwhile.

    State: `is_new`, set by who keeps the batches: whether it is worth while to read objects before it is known if they
    are held.
    """

    def __init__(self, rules: tuple[PersonalRule, ...], size_bytes: int) -> None:
        self._rules, self._size_bytes = rules, size_bytes
        self.is_new = True

    def batches(self, cut: Iterator[Batch]) -> Generator[tuple[Batch, Ahead], None, None]:
        """Give every batch, in order."""
        if self._size_bytes < LEAST_BYTES or not sys.executable or cpus_to_use() < 2:
            yield from ((alone, ()) for alone in cut)
            return
        with OtherProcess(self._rules) as other:
            batch = next(cut, None)
            if batch is not None:
                other.give(batch.founds)
            while batch is not None:
                coming = next(cut, None)  # while the other reads
                ahead = other.take(len(batch.founds))
                if coming is not None and self.is_new:
                    other.give(coming.founds)
                yield batch, ahead
                batch = coming


class _Ended(Exception):
    """The other process is of no more use; never leaves this file."""


class OtherProcess:
    """The other process. State: the process, as long as it is of use, and whether it owes an answer."""

    def __init__(self, rules: tuple[PersonalRule, ...]) -> None:
        self._rules = rules
        self._process: subprocess.Popen[bytes] | None = None
        self._owes = False

    def __enter__(self) -> "OtherProcess":
        with suppress(OSError):  # no process to be had
            # -P: nothing is imported from the folder that happens to be the current one.
            # In a session of its own: Ctrl-C is for who keeps what is read.
            self._process = subprocess.Popen(  # noqa: S603 - this same program, nothing from outside
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,
            )
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    os.set_blocking(stream.fileno(), False)
                    _widen(stream)
            self._send(_ENCODE(self._rules))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def give(self, founds: Sequence[Found]) -> None:
        """Give the bytes of a batch to be read; nothing may be owed for another."""
        self._owes = self._send(_ENCODE([found.body for found in founds]))

    def take(self, count: int) -> Ahead:
        """Give what was read of the batch last given, `count` objects; nothing if it was not given or not read."""
        if not self._owes or self._process is None or self._process.stdout is None:
            return ()
        self._owes = False
        try:
            body = _received(self._process.stdout.fileno())
            with collector_resting():
                seen = _SEEN.decode(body)
        except (_Ended, OSError, msgspec.MsgspecError):
            seen = []
        if len(seen) != count:
            self._end()
            return ()
        return seen

    def _send(self, body: bytes) -> bool:
        if self._process is None or self._process.stdin is None:
            return False
        try:
            _sent(self._process.stdin.fileno(), len(body).to_bytes(_LENGTH_BYTES, "big") + body)
        except (_Ended, OSError):
            self._end()
            return False
        return True

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)


def _sent(to: int, body: bytes) -> None:
    view, poll = memoryview(body), select.poll()
    poll.register(to, select.POLLOUT)
    while view:
        _await(poll)
        with suppress(BlockingIOError):
            view = view[os.write(to, view[:_CHUNK_BYTES]) :]


def _received(source: int) -> bytearray:
    poll = select.poll()
    poll.register(source, select.POLLIN)
    body = bytearray()
    wanted = _LENGTH_BYTES
    has_length = False
    while len(body) < wanted or not has_length:
        if len(body) == wanted:
            wanted, has_length = int.from_bytes(body, "big"), True
            if wanted > _LONGEST_BYTES:
                raise _Ended
            body.clear()
            continue
        _await(poll)
        with suppress(BlockingIOError):
            read = os.read(source, min(_CHUNK_BYTES, wanted - len(body)))
            if not read:
                raise _Ended
            body += read
    return body


def _await(poll: "select.poll") -> None:
    # One that was stopped, or hangs, must not hold this one up for ever.
    until = time.monotonic() + STALLED_S
    while not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        if time.monotonic() >= until:
            raise _Ended


def _widen(stream: IO[bytes]) -> None:
    """Let a pipe hold more at once, where the system allows it."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - not there on every system

        with suppress(OSError):
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _CHUNK_BYTES)


def serve() -> None:
    """Be the other process: be told rules, then items again and again, and say what was read of each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # we end when our input does
    words = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nobody's stray word stands between answers
    reader = ItemReader(index_rules(_RULES.decode(_frame(words))))
    while body := _frame(words):
        with collector_resting():
            answer = _ENCODE([None if item is None else _seen(reader, item) for item in _BODIES.decode(body)])
        answers.write(len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        answers.flush()


def _seen(reader: ItemReader, body: bytes) -> Seen | None:
    """Read an item; what cannot be read is left to who keeps it, and says why."""
    seen = reader.look(body)
    if seen is None:
        return None
    try:
        return Seen(seen.stix_id, seen.key, seen.sha256, reader.read(body, seen.sha256))
    except RecordRejected:
        return seen


def _frame(stream: IO[bytes]) -> bytes:
    """Read a frame; empty where the stream ends."""
    return stream.read(int.from_bytes(stream.read(_LENGTH_BYTES), "big"))
