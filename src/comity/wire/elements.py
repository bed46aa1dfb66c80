"""Decides what the elements of a JSON list of STIX objects are, and where a broken one ends.

Sound elements are split off many at once. A broken one is isolated and named; the next one is read as if nothing had
happened. Whatever the input, no byte is looked at more than a few times: what mending wastes is counted and limited.
"""

import re
from collections.abc import Generator
from typing import Literal, NamedTuple, TypeAlias, cast

import msgspec

from comity.errors import RecordRejected
from comity.records.misp import MispReason
from comity.records.strict_json import Reason, read_object
from comity.records.table_columns import RowReason
from comity.wire.json_stream import Window, balanced_end, measure, skip_value

Fault: TypeAlias = Reason | MispReason | RowReason | Literal["cut-short", "too-many"]

EXCERPT_BYTES = 4096


class Limits(NamedTuple):
    """How much is taken from one body or file. `dump_bytes`: how large a TAXII server's dump may be; 0 takes none."""

    object_bytes: int
    objects: int
    body_bytes: int
    dump_bytes: int = 0


class Found(msgspec.Struct, frozen=True, gc=False):
    """One element: its exact bytes, or why there are none."""

    body: bytes | None
    reason: Fault | None
    path: str  # `$.objects[7]`; `$#2` is the second value of JSON lines
    size: int  # bytes
    excerpt: bytes = b""  # the beginning of what could not be read


Founds: TypeAlias = Generator[Found, None, bool]  # gives at its end whether the value was closed

_SPLIT_BYTES = 256 << 10
_TAIL_BYTES = 16 << 10
_CUTS_TRIED = 4
_LOOK_BYTES = 64 << 10  # how far a broken element is followed beyond its fault
_ITEM_BYTES = 16 << 10
_OBJECT, _LIST, _LIST_END, _COMMA, _QUOTE = b'{[],"'

_CUT = re.compile(rb"\}\s*+,\s*+(?=\{)")
_FIRST_KEY = re.compile(rb'\{\s*+"[^"\\]{0,80}"')
_JUNK = re.compile(rb'[^,\]{\["][^,\]{\["\s]*+')
_NEXT_ITEM = re.compile(rb",\s*+(?=\{)")
_AFTER_ITEM = re.compile(rb"\s*+(?:[\],]|\Z)")
_LIST_OF_RAW = msgspec.json.Decoder(list[msgspec.Raw])


class _Item(msgspec.Struct):
    type: str
    id: str


_ITEM = msgspec.json.Decoder(_Item)


def read_elements(window: Window, limits: Limits, where: str) -> Founds:
    """Give the elements of the list whose bracket was just passed; False at the end if it was never closed."""
    number = 0
    singly_until = 0  # a fault lies before here: no use in taking many at once
    after_comma = False
    while (first := window.skip_space()) != -1:
        path = f"{where}[{number}]"
        if first in (_LIST_END, _COMMA):
            if first == _COMMA or after_comma:
                yield Found(None, "not-json", path, 0)
                number += 1
            window.pos += 1
            if first == _LIST_END:
                return True
            continue
        many: list[msgspec.Raw] = []
        if window.at >= singly_until:
            many, singly_until = _split(window)
        for raw in many:
            yield as_found(bytes(raw), f"{where}[{number}]", limits)
            number += 1
        if not many:
            found = _single(window, limits, path)
            yield found
            number += 1
            if window.spent and found.reason in ("cut-short", "not-json", end_reason(window, "cut-short")):
                return False
        after_comma = window.skip_space() == _COMMA
        window.pos += after_comma
    yield Found(None, end_reason(window, "cut-short"), f"{where}[{number}]", 0)
    return False


def as_found(body: bytes, path: str, limits: Limits) -> Found:
    """Judge bytes that are one whole value."""
    if len(body) > limits.object_bytes:
        return Found(None, "too-large", path, len(body), body[:EXCERPT_BYTES])
    if body[0] != _OBJECT:
        return Found(None, "not-an-object", path, len(body), body[:EXCERPT_BYTES])
    return Found(body, None, path, len(body))


def end_reason(window: Window, reason: Fault) -> Fault:
    """Say why the stream ended where it did: by itself, or because it is over its limit."""
    return "too-large" if window.over else reason


def _split(window: Window) -> tuple[list[msgspec.Raw], int]:
    """Take as many whole elements at once as a small window holds.

    What ends in `}` and decodes as a list once closed by `]` ends at an element's end, for no text can be both a
    whole JSON list and the beginning of a longer one: within a string or an inner bracket the `]` would not close it.
    Where this fails, gives no elements, and up to where to go on singly.
    """
    if len(window.buf) - window.pos < _SPLIT_BYTES:
        window.more()
    buf, start = window.buf, window.pos
    stop = min(start + _SPLIT_BYTES, len(buf))
    cuts = list(_CUT.finditer(buf, max(start, stop - _TAIL_BYTES), stop))
    # Elements tend to begin alike; inner objects begin with another key.
    key = _FIRST_KEY.match(buf, start)
    likely = [cut for cut in cuts if key and buf.startswith(key[0], cut.end())]
    for cut in reversed((likely or cuts)[-_CUTS_TRIED:]):
        text = b"[" + buf[start : cut.start() + 1] + b"]"
        try:
            many = _LIST_OF_RAW.decode(text)
        except RecursionError:
            break
        except msgspec.DecodeError as exc:
            if "truncated" in str(exc) or f"(byte {len(text) - 1})" in str(exc):
                continue  # not an element's end
            break
        window.pos = cut.start() + 1
        return many, 0
    return [], window.base + stop


def _single(window: Window, limits: Limits, path: str) -> Found:
    """Take the one element at the position, sound or not."""
    while True:
        measured = measure(window)
        ends_here = measured.state == "whole" and window.pos + len(measured.body) == len(window.buf)
        if measured.state != "open" and not ends_here:
            break
        if len(window.buf) - window.pos > limits.object_bytes:
            return _step_over(window, "too-large", path)
        if not window.more():
            break
    if measured.state == "whole":
        window.pos += len(measured.body)
        return as_found(measured.body, path, limits)
    if measured.state == "deep":
        return _step_over(window, "too-deep", path)
    junk = _JUNK.match(window.buf, window.pos)
    if junk is not None:
        window.pos = junk.end()
        return Found(None, "not-json", path, len(junk[0]), junk[0][:EXCERPT_BYTES])
    return _isolate(window, limits, path, measured.fault_at, cut=measured.state == "open")


def _step_over(window: Window, reason: Fault, path: str) -> Found:
    start = window.at
    excerpt = window.buf[window.pos : window.pos + EXCERPT_BYTES]
    closed = skip_value(window)
    return Found(None, reason if closed else end_reason(window, "cut-short"), path, window.at - start, excerpt)


def _isolate(window: Window, limits: Limits, path: str, fault_at: int, *, cut: bool) -> Found:
    """Find where a broken element ends, so that the next one can be read."""
    while len(window.buf) - window.pos < fault_at + _LOOK_BYTES and window.more():
        pass
    buf, start, began = window.buf, window.pos, window.at
    excerpt = buf[start : start + EXCERPT_BYTES]
    stop = min(len(buf), start + fault_at + _LOOK_BYTES)
    end = balanced_end(buf, start, stop)
    if end >= 0 and _AFTER_ITEM.match(buf, end) is None:
        end = -1
    if cut and end < 0:
        window.drop_all()
        return Found(None, end_reason(window, "cut-short"), path, window.at - began, excerpt)
    item = _next_item(buf, max(start + 1, start + fault_at - EXCERPT_BYTES), end if end >= 0 else stop)
    if end >= 0 and item < 0:
        window.pos = end
        return _explained(buf[start:end], path, limits)
    window.pos = item if item >= 0 else stop
    window.patience_bytes -= stop - window.pos
    if window.patience_bytes < 0:
        window.drop_all()
    elif item < 0:
        window.seek(_NEXT_ITEM)
    return Found(None, "not-json", path, window.at - began, excerpt)


def _explained(body: bytes, path: str, limits: Limits) -> Found:
    """Say why a separable element is broken; it may after all be sound where the two decoders differ."""
    found = as_found(body, path, limits)
    if found.body is None:
        return found
    try:
        read_object(body)
    except RecordRejected as refusal:
        return Found(None, cast(Reason, refusal.reason), path, len(body), body[:EXCERPT_BYTES])
    return found


def _next_item(buf: bytes, start: int, stop: int) -> int:
    """Give the comma before the first thing that is surely an item of its own, or -1."""
    for tried, comma in enumerate(_NEXT_ITEM.finditer(buf, start, stop)):
        if tried == _CUTS_TRIED:
            break
        if _is_item(buf[comma.end() : comma.end() + _ITEM_BYTES]):
            return comma.start()
    return -1


def _is_item(text: bytes) -> bool:
    try:
        _ITEM.decode(text)
    except (RecursionError, UnicodeDecodeError):
        return False
    except msgspec.DecodeError as exc:
        return "trailing characters" in str(exc)
    return True
