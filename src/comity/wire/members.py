"""Decides what the keys of a JSON object in a stream are, and which of them come twice."""

from collections.abc import Generator
from typing import NamedTuple

import msgspec

from comity.wire.json_stream import Window, skip_value

KEYS_SEEN = 1024  # how many keys of one object are told apart

_KEY_BYTES = 4096
_OBJECT_END, _COMMA, _COLON, _QUOTE = b'},:"'


class Member(NamedTuple):
    """A key whose value stands at the window's position; `repeated`: the object had that key before."""

    key: str
    repeated: bool


def members(window: Window) -> Generator[Member, None, bool]:
    """Walk the object at the position; the caller steps over each value. False at the end if it was never closed."""
    seen: set[str] = set()
    window.pos += 1
    while window.skip_space() != _OBJECT_END:
        key = member_key(window)
        if key is None:
            return False
        repeated = key in seen
        if len(seen) < KEYS_SEEN:
            seen.add(key)
        yield Member(key, repeated)
        if window.skip_space() == _COMMA:
            window.pos += 1
        elif window.skip_space() != _OBJECT_END:
            return False
    window.pos += 1
    return True


def member_key(window: Window) -> str | None:
    """Read a key and step to its value; None if none stands here."""
    if window.skip_space() != _QUOTE:
        return None
    key = short_text(window)
    if window.skip_space() != _COLON:
        return None
    window.pos += 1
    return key if window.skip_space() != -1 else None


def short_text(window: Window) -> str:
    """Step over the value at the position and give its text; what is no text, or none of a key's length, gives `?`."""
    while len(window.buf) - window.pos < _KEY_BYTES and window.more():
        pass
    start, began = window.pos, window.at
    skip_value(window)
    size = window.at - began
    if size > _KEY_BYTES:
        return "?"
    try:
        return msgspec.json.decode(window.buf[start : start + size], type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "?"
