"""Asks misp-stix, in a process of its own, what an event is in STIX 2.1, or STIX in MISP.

The process is started with the first request and ended with the last; one that does not answer in time is killed, and
the next request starts another. Whatever it says is input from outside.
"""

import importlib.util
import subprocess
import sys
import threading
from typing import Final, NamedTuple, cast

import msgspec

from comity.errors import NodeError, Unreachable
from comity.values import JsonObject
from comity.wire.misp_child import HEADER

ANSWER_WITHIN_S: Final = 120.0  # for one event; a large one of thousands of attributes takes seconds
LARGEST_ANSWER_BYTES: Final = 1 << 30
_CHILD: Final = "comity.wire.misp_child"


class _Answer(msgspec.Struct, frozen=True):
    objects: list[dict[str, object]] = []
    event: dict[str, object] = {}
    said: list[str] = []
    failed: str = ""


class Converted(NamedTuple):
    """What misp-stix made of an event or of objects, what it said, and how its first attempt failed."""

    objects: list[JsonObject]
    event: JsonObject
    said: list[str]
    failed: str


_ANSWER: Final = msgspec.json.Decoder(_Answer)


class Converter:
    """A line to misp-stix.

    State kept consistent: the process, which is gone after any failure.
    """

    def __init__(self, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._within_s = answer_within_s
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Converter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.communicate()

    def to_stix(self, event: bytes) -> Converted:
        """Convert an event, given as its JSON without a wrapper.

        Raises:
            Unreachable: no answer in time, or the process died. NodeError: misp-stix is not installed.
        """
        return self._ask(b"to_stix", event)

    def to_misp(self, objects: list[JsonObject]) -> Converted:
        """Convert STIX objects to one event.

        Raises:
            Unreachable: no answer in time, or the process died. NodeError: misp-stix is not installed.
        """
        return self._ask(b"to_misp", msgspec.json.encode(objects))

    def _ask(self, do: bytes, what: bytes) -> Converted:
        child = self._started()
        late = threading.Timer(self._within_s, child.kill)
        late.start()
        try:
            request = b'{"do":"%s","with":%s}' % (do, what)
            pipe_in, pipe_out = child.stdin, child.stdout
            if pipe_in is None or pipe_out is None:
                raise Unreachable("the MISP converter cannot be spoken to")
            pipe_in.write(HEADER.pack(len(request)) + request)
            pipe_in.flush()
            head = pipe_out.read(HEADER.size)
            size = HEADER.unpack(head)[0] if len(head) == HEADER.size else 0
            body = pipe_out.read(size) if size <= LARGEST_ANSWER_BYTES else b""
            answer = _ANSWER.decode(body)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            self.close()
            raise Unreachable("the MISP converter gave no answer") from exc
        finally:
            late.cancel()
        objects, event = cast(list[JsonObject], answer.objects), cast(JsonObject, answer.event)
        return Converted(objects, event, answer.said, answer.failed)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._child is None:
            if importlib.util.find_spec("misp_stix_converter") is None:
                raise NodeError("MISP needs the extra packages of `comity[misp]`: install them")
            self._child = subprocess.Popen(  # noqa: S603  # this interpreter, our own module
                [sys.executable, "-m", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._child
