"""Decides what the single objects in a file or body of STIX are, and keeps the exact bytes of each.

Read are bundles, TAXII envelopes, lists of objects, single objects, several of these one after another (JSON lines),
and in files the stored state of a TAXII server. What cannot be read is named and stepped over; it never sinks what
stands beside it. Memory is bounded by the limits, whatever the size of the input.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from comity.errors import UsageError
from comity.wire.dumps import read_dump
from comity.wire.elements import EXCERPT_BYTES, Fault, Found, Founds, Limits, as_found, end_reason, read_elements
from comity.wire.json_stream import Window, measure, skip_value
from comity.wire.members import KEYS_SEEN, member_key, short_text

__all__ = ["FILE", "NETWORK", "Fault", "Found", "Limits", "find_files", "open_input", "read_objects"]

NETWORK = Limits(object_bytes=1 << 20, objects=100_000, body_bytes=128 << 20)
FILE = Limits(object_bytes=16 << 20, objects=100_000_000, body_bytes=1 << 40, dump_bytes=32 << 20)

SUFFIXES = frozenset((".json", ".stix", ".stix2", ".jsonl"))

_ENVELOPE_KEYS = frozenset(("more", "next", "objects"))  # TAXII 2.1 §3.7: all are optional
_OF_OBJECTS = frozenset(("id", "objects", "type"))
_OBJECT, _LIST, _OBJECT_END, _COMMA = b"{[},"
_NEXT_LINE = re.compile(rb"\n(?=[{\[])")


class _Outer(msgspec.Struct):
    type: msgspec.Raw = msgspec.Raw(b"")
    id: msgspec.Raw = msgspec.Raw(b"")
    objects: msgspec.Raw = msgspec.Raw(b"")


_OUTER = msgspec.json.Decoder(_Outer)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Give the files named, and those with a STIX suffix in the folders named, in sorted order, each once.

    A link that leads out of its folder is not followed.

    Raises:
        UsageError: a path does not exist.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            root = path.resolve()
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
            files.update((p, None) for p in inside if p.is_file() and p.resolve().is_relative_to(root))
        elif path.exists():
            files[path] = None
        else:
            raise UsageError("no such file or folder: {path}", path=path)
    return list(files)


def open_input(path: Path) -> BinaryIO:
    """Open a file of STIX for reading.

    Raises:
        UsageError: it cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError as exc:
        raise UsageError("cannot read {path}: {why}", path=path, why=exc.strerror) from exc


def read_objects(stream: BinaryIO, limits: Limits) -> Iterator[Found]:
    """Give one Found for each element, in order, as soon as it is complete."""
    hold_bytes = max(limits.object_bytes, limits.dump_bytes)
    window = Window(stream, body_bytes=limits.body_bytes, hold_bytes=hold_bytes)
    for number, found in enumerate(_values(window, limits)):
        if number >= limits.objects:
            yield Found(None, "too-many", found.path, 0)
            return
        yield found


def _values(window: Window, limits: Limits) -> Iterator[Found]:
    window.more()
    if window.buf[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in window.buf[:4]:
        yield Found(None, "not-utf8", "$", window.drop_all(), window.buf[:EXCERPT_BYTES])
        return
    if window.buf[:3] == b"\xef\xbb\xbf":
        window.pos = 3
    number = 0
    while (first := window.skip_space()) != -1:
        number += 1
        where = "$" if number == 1 else f"$#{number}"
        if first == _OBJECT:
            yield from _outer_object(window, limits, where)
        elif first == _LIST:
            window.pos += 1
            yield from read_elements(window, limits, where)
        else:
            yield _to_next_line(window, where)
    if number == 0:
        yield Found(None, end_reason(window, "not-json"), "$", 0)


def _outer_object(window: Window, limits: Limits, where: str) -> Iterator[Found]:
    """Read an object that stands alone: a STIX object, or a bundle or envelope around many."""
    measured = measure(window)
    if measured.state == "whole" and _stands_alone(measured.body):
        window.pos += len(measured.body)
        yield as_found(measured.body, where, limits)
        return
    window.mark = window.pos
    understood = yield from _members(window, limits, where)
    if not understood:
        yield _to_next_line(window, where)
    window.mark = None


def _stands_alone(body: bytes) -> bool:
    outer = _OUTER.decode(body)
    kind = bytes(outer.type)
    if bytes(outer.objects):
        return kind not in (b"", b'"bundle"')
    return kind != b'"bundle"' and bool(kind or bytes(outer.id))  # without either, its keys are walked


def _members(window: Window, limits: Limits, where: str) -> Founds:
    """Walk the keys of an outer object; `objects` may stand anywhere among them, once."""
    seen: set[str] = set()
    kind, is_bundle = "", False
    window.pos += 1
    while window.skip_space() != _OBJECT_END:
        key = member_key(window)
        if key is None:
            return False
        repeated = key in seen
        if repeated:
            yield Found(None, "repeated-key", f"{where}.{key[:80]}", 0)
        elif len(seen) < KEYS_SEEN:
            seen.add(key)
        if key == "objects" and not repeated and window.buf[window.pos] == _LIST and kind in ("", "bundle"):
            is_bundle, window.mark = True, None
            window.pos += 1
            if not (yield from read_elements(window, limits, f"{where}.objects")):
                return True  # the stream is at its end, and that was said
        elif key == "type" and not repeated:
            kind = short_text(window)
        elif not skip_value(window):
            return False
        if window.skip_space() == _COMMA:
            window.pos += 1
        elif window.skip_space() != _OBJECT_END:
            return False
    window.pos += 1
    if not is_bundle:
        yield from _without_list(window, limits, where, kind, seen)
    return True


def _without_list(window: Window, limits: Limits, where: str, kind: str, seen: set[str]) -> Iterator[Found]:
    """Judge an outer object, now passed, that held no list of objects: a dump of a TAXII server, or an object alone."""
    if kind == "bundle" or seen <= _ENVELOPE_KEYS:
        if "objects" in seen:
            yield Found(None, "not-an-object", f"{where}.objects", 0)
    elif window.mark is None:
        yield Found(None, "too-large", where, max(limits.object_bytes, limits.dump_bytes) + 1)
    else:
        body = window.buf[window.mark : window.pos]
        could_be_dump = len(seen) < KEYS_SEEN and seen.isdisjoint(_OF_OBJECTS) and len(body) <= limits.dump_bytes
        if not (could_be_dump and (yield from read_dump(body, limits, where))):
            yield as_found(body, where, limits)


def _to_next_line(window: Window, where: str) -> Found:
    """Step over what cannot be read, to the next line that begins a value."""
    cut = window.skip_space() == -1 or (window.ended and measure(window).state == "open")
    if window.mark is not None:
        window.pos = window.mark
    start, window.mark = window.at, None
    excerpt = window.buf[window.pos : window.pos + EXCERPT_BYTES]
    if window.seek(_NEXT_LINE):
        window.pos += 1
        cut = False
    return Found(None, end_reason(window, "cut-short") if cut else "not-json", where, window.at - start, excerpt)
