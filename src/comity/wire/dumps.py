"""Decides whether JSON is the stored state of a TAXII server, and gives the STIX objects in it.

Such a dump is known by its structure alone: API roots by name, each with a list of collections, each with a list of
objects (all versions of them). The rest, such as manifests, statuses and rights, is the server's own and passed by.

Source: the memory backend of OASIS's medallion, `default_data.json`.
"""

import io
from collections.abc import Callable
from typing import TypeAlias

from comity.wire.elements import EXCERPT_BYTES, Found, Founds, Limits, read_elements
from comity.wire.json_stream import Window, skip_value
from comity.wire.members import members

_OBJECT, _LIST, _LIST_END, _COMMA = b"{[],"
_LONGEST_NAME = 80

_Step: TypeAlias = Callable[[str], Founds]  # walks the value at the position, whose path it is given


def read_dump(body: bytes, limits: Limits, where: str) -> Founds:
    """Give each object of a dump; at the end False, without having given anything, if this is none.

    Args:
        body: one JSON object, whole but not known to be sound.
        limits: for each object.
        where: the path of the body itself.
    """
    window = Window(io.BytesIO(body), body_bytes=len(body), hold_bytes=0)
    window.more()
    walk = _Walk(window, limits)
    try:
        yield from walk.top(where)
    except _Broken:
        if walk.is_dump:
            rest = window.buf[window.pos : window.pos + EXCERPT_BYTES]
            yield Found(None, "not-json", where, len(body) - window.at, rest)
    return walk.is_dump


class _Broken(Exception):
    """What follows cannot be read; never leaves this file."""


class _Walk:
    """Walks a dump. Kept consistent: what is wrong with it is held back until it is known to be one."""

    def __init__(self, window: Window, limits: Limits) -> None:
        self.is_dump = False
        self._window, self._limits = window, limits
        self._held_back: list[Found] = []

    def top(self, where: str) -> Founds:
        """Walk the object that names the API roots; that a name comes twice was said by who called."""
        return (yield from self._object(where, "", self._root, told=True))

    def _root(self, where: str) -> Founds:
        return (yield from self._object(where, "collections", self._collections))

    def _collection(self, where: str) -> Founds:
        return (yield from self._object(where, "objects", self._objects))

    def _object(self, where: str, wanted: str, walk: _Step, *, told: bool = False) -> Founds:
        window, opening = self._window, _LIST if wanted else _OBJECT
        walking = members(window)
        while True:
            try:
                member = next(walking)
            except StopIteration as end:
                if not end.value:
                    raise _Broken from None
                return True
            path = f"{where}.{member.key[:_LONGEST_NAME]}"
            if member.repeated and not told:
                yield from self._wrong(Found(None, "repeated-key", path, 0))
            if member.key == (wanted or member.key) and not member.repeated and window.buf[window.pos] == opening:
                yield from walk(path)
            elif not skip_value(window):
                raise _Broken

    def _collections(self, where: str) -> Founds:
        window, number = self._window, 0
        window.pos += 1
        while (first := window.skip_space()) != _LIST_END:
            if first == _COMMA:
                window.pos += 1
                number += 1
            elif first == _OBJECT:
                yield from self._collection(f"{where}[{number}]")
            else:
                began = window.at
                if first == -1 or not skip_value(window) or window.at == began:
                    raise _Broken
        window.pos += 1
        return True

    def _objects(self, where: str) -> Founds:
        self.is_dump = True
        yield from self._held_back
        self._held_back = []
        self._window.pos += 1
        if not (yield from read_elements(self._window, self._limits, where)):
            raise _Broken
        return True

    def _wrong(self, found: Found) -> Founds:
        if self.is_dump:
            yield found
        else:
            self._held_back.append(found)
        return True
