"""Says how the command line and a serving node speak over `node.sock`: length-prefixed JSON frames.

A call is one frame; what comes back is any number of progress frames, then one answer or one error.
"""

import socket
import struct
from typing import TypeAlias

import msgspec

from comity.errors import ComityError, RecordRejected, TooLarge

MIB = 1024 * 1024
LONGEST_CALL_BYTES = 16 * MIB
LONGEST_ANSWER_BYTES = 1024 * MIB
_LENGTH = struct.Struct(">I")

Fact: TypeAlias = None | bool | int | str | list[str]


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One verb asked of a node."""

    verb: str
    request: msgspec.Raw
    actor: msgspec.Raw
    id: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An error of the tree on its way: its code, its sentence with what is said in it, its facts."""

    code: str
    message: str
    said: dict[str, str] = {}
    facts: dict[str, Fact] = {}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One frame back: exactly one of the three is there."""

    progress: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    answer: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: Fault | msgspec.UnsetType = msgspec.UNSET


def send_frame(wire: socket.socket, frame: Call | Reply) -> None:
    """Send one frame whole."""
    body = msgspec.json.encode(frame)
    wire.sendall(_LENGTH.pack(len(body)) + body)


def receive_frame(wire: socket.socket, *, limit_bytes: int) -> bytes | None:
    """Receive one frame's body; None if the other side closed before one began.

    Raises:
        TooLarge: the frame says it is longer than allowed.
        RecordRejected: the other side closed in the middle.
    """
    head = _receive(wire, _LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise RecordRejected("cut-short")
    (length,) = _LENGTH.unpack(head)
    if length > limit_bytes:
        raise TooLarge(limit_bytes)
    body = _receive(wire, length)
    if len(body) < length:
        raise RecordRejected("cut-short")
    return bytes(body)


def _receive(wire: socket.socket, count: int) -> bytearray:
    """Receive `count` bytes, or fewer if the other side closes. Memory follows what came, not what was announced."""
    got = bytearray()
    while len(got) < count:
        piece = wire.recv(min(count - len(got), MIB))
        if not piece:
            break
        got += piece
    return got


def fault_of(error: ComityError) -> Fault:
    """Put an error of the tree into words that travel."""
    facts = {
        name: value for name, value in vars(error).items() if isinstance(value, bool | int | str) and name != "message"
    }
    lists = {name: list(value) for name, value in vars(error).items() if _is_texts(value)}
    said = {name: str(value) for name, value in error.said.items()}
    return Fault(code=error.code, message=error.message, said=said, facts={**facts, **lists})


def _is_texts(value: object) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(one, str) for one in value)


def error_of(fault: Fault) -> ComityError:
    """Make the error that a fault tells of; an unknown code becomes the root of the tree."""
    kind = _kinds().get(fault.code, ComityError)
    error = kind.__new__(kind)
    ComityError.__init__(error, fault.message, **fault.said)
    for name, value in fault.facts.items():
        setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error


def _kinds() -> dict[str, type[ComityError]]:
    return {kind.code: kind for kind in ComityError.__subclasses__()}
