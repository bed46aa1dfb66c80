"""Decides where one JSON value ends in a stream that is never held whole.

The decoder in C finds the ends of sound values; a scanner that only knows strings and brackets steps over what is too
large to hold or not sound. Both go over each byte a bounded number of times.
"""

import re
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

import msgspec

CHUNK_BYTES = 1 << 20

_LONGEST_PATTERN = 1024  # bytes, white space within it included
_SPACE = b" \t\r\n"
_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_BYTE = re.compile(r"\(byte (\d+)\)$")
_SCALAR = re.compile(rb"[^\s,\]}\[{\"]*+")
# A whole string, a bracket, or a quote whose string goes on beyond what is held.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]|"', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}

_VALUE = msgspec.json.Decoder(msgspec.Raw)


class Window:
    """The part of a stream that is held: `buf` from `pos` on is still to be read.

    Kept consistent: `pos` and `mark` always point into `buf`; bytes before both are let go.
    """

    __slots__ = ("_hold_bytes", "_left", "_stream", "base", "buf", "ended", "mark", "over", "patience_bytes", "pos")

    def __init__(self, stream: BinaryIO, *, body_bytes: int, hold_bytes: int) -> None:
        self._stream, self._left, self._hold_bytes = stream, body_bytes, hold_bytes
        self.buf, self.pos = b"", 0
        self.base = 0  # where in the stream `buf` begins
        self.mark: int | None = None  # from here on is kept, until it grows beyond hold_bytes
        self.ended = False
        self.over = False  # ended because there is more than body_bytes
        self.patience_bytes = 128 << 20  # how much may be looked at in vain while mending broken input

    def more(self) -> bool:
        """Take in at least as much again as is held; False at the end of the stream."""
        if self.ended:
            return False
        if self.mark is not None and self.pos - self.mark > self._hold_bytes:
            self.mark = None
        keep = self.pos if self.mark is None else self.mark
        chunk = self._stream.read(min(max(CHUNK_BYTES, len(self.buf) - keep), self._left + 1))
        self.ended = not chunk
        if len(chunk) > self._left:
            self.ended = self.over = True
            chunk = chunk[: self._left]
        self._left -= len(chunk)
        self.buf = self.buf[keep:] + chunk if keep < len(self.buf) else chunk
        self.pos -= keep
        self.base += keep
        self.mark = None if self.mark is None else 0
        return bool(chunk)

    def skip_space(self) -> int:
        """Step to the next byte that is not white space and give it; -1 at the end."""
        while True:
            match = _NOT_SPACE.search(self.buf, self.pos)
            if match is not None:
                self.pos = match.start()
                return self.buf[self.pos]
            self.pos = len(self.buf)
            if not self.more():
                return -1

    @property
    def at(self) -> int:
        """The position in the stream."""
        return self.base + self.pos

    @property
    def spent(self) -> bool:
        """Whether all of the stream is read."""
        return self.ended and self.pos == len(self.buf)

    def seek(self, pattern: re.Pattern[bytes]) -> bool:
        """Step to where a (short) pattern begins, or to the end of the stream."""
        while True:
            match = pattern.search(self.buf, self.pos)
            if match is not None:
                self.pos = match.start()
                return True
            if self.ended:
                self.pos = len(self.buf)
                return False
            self.pos = max(self.pos, len(self.buf) - _LONGEST_PATTERN)
            self.more()

    def drop_all(self) -> int:
        """Read to the end of the stream without keeping anything; gives the number of bytes."""
        self.mark, dropped = None, 0
        while True:
            dropped += len(self.buf) - self.pos
            self.pos = len(self.buf)
            if not self.more():
                return dropped


State: TypeAlias = Literal["whole", "open", "bad", "deep"]


class Measured(NamedTuple):
    """What stands at the position: a whole value, one that goes on beyond the end, one with a fault, or too deep."""

    state: State
    body: bytes  # of a whole value, without white space around
    fault_at: int  # bytes from the start to the fault


def measure(window: Window) -> Measured:
    """Measure the value at the window's position; what follows it does not matter."""
    rest = memoryview(window.buf)[window.pos :]
    try:
        return Measured("whole", bytes(_VALUE.decode(rest)), 0)
    except RecursionError:
        return Measured("deep", b"", 0)
    except msgspec.DecodeError as exc:
        words = str(exc)
    at = _BYTE.search(words)
    if at is None:
        return Measured("open", b"", len(rest))
    offset = int(at[1]) - 1
    if "trailing characters" in words:
        return Measured("whole", bytes(rest[:offset]).rstrip(_SPACE), 0)
    return Measured("bad", b"", offset)


def skip_value(window: Window) -> bool:
    """Step over the value at the position, holding none of it; False if the stream ends inside."""
    if window.buf[window.pos] not in b'{["':
        while (scalar := _SCALAR.match(window.buf, window.pos)) and scalar.end() == len(window.buf):
            window.pos = scalar.end()
            if not window.more():
                return True
        window.pos = scalar.end() if scalar else window.pos
        return True
    depth, in_string = 0, False
    while True:
        depth, in_string, closed = _scan(window, depth, in_string=in_string)
        if closed or not window.more():
            return closed


def _scan(window: Window, depth: int, *, in_string: bool) -> tuple[int, bool, bool]:
    """Go on to the end of the value or of what is held: (depth, inside a string, value closed)."""
    buf = window.buf
    if in_string:
        rest = _STRING_REST.match(buf, window.pos)
        if rest is None:
            window.pos = _before_escape(buf, window.pos)
            return depth, True, False
        window.pos = rest.end()
        if depth == 0:
            return 0, False, True
    for token in _TOKEN.finditer(buf, window.pos):
        first = buf[token.start()]
        if first == 0x22:
            if token.end() - token.start() == 1:
                window.pos = _before_escape(buf, token.end())
                return depth, True, False
        elif first in b"{[":
            depth += 1
            continue
        else:
            depth -= 1
        if depth <= 0:
            window.pos = token.end()
            return 0, False, True
    window.pos = len(buf)
    return depth, False, False


def _before_escape(buf: bytes, start: int) -> int:
    """Give the end of the buffer, or one less where it ends in half an escape."""
    end = len(buf)
    while end > start and buf[end - 1] == 0x5C:
        end -= 1
    return len(buf) - (len(buf) - end) % 2


def balanced_end(buf: bytes, start: int, stop: int) -> int:
    """Give where the brackets opened at `start` are all closed in the right order, or -1 if not before `stop`."""
    opened = bytearray()
    for token in _TOKEN.finditer(buf, start, stop):
        first = buf[token.start()]
        if first == 0x22:
            if token.end() - token.start() == 1:
                return -1
        elif first in b"{[":
            opened.append(first)
        elif not opened or opened.pop() != _CLOSES[first]:
            return -1
        if not opened:
            return token.end()
    return -1
