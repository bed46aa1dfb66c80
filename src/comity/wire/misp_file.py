"""Decides which events stand in a file of MISP JSON, and where each value of theirs begins and ends.

Read are one event, with or without its `{"Event": …}`, lists of them, and `{"response": …}` around either. Bytes are
walked, not decoded: a key that comes twice is seen, and each value keeps the bytes that it came with.
"""

import io
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from comity.errors import RecordRejected
from comity.wire.json_stream import Window, measure
from comity.wire.members import members

HEAD_BYTES: Final = 1 << 16
LARGEST_FILE_BYTES: Final = 256 << 20  # held whole, some ten times over while it is converted
_FIRST_KEY: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*+(?:\[\s*+)?\{\s*+"([^"\\]{1,40})"\s*+:')
_WRAPPERS: Final = frozenset((b"Event", b"response"))
# Keys with which a bare event begins; none of them begins a bundle or an object of STIX.
_BARE: Final = frozenset(
    b"""Attribute Object EventReport Galaxy Org Orgc RelatedEvent ShadowAttribute Tag analysis attribute_count date
    disable_correlation distribution event_creator_email extends_uuid info locked org_id orgc_id proposal_email_lock
    protected publish_timestamp sharing_group_id threat_level_id timestamp uuid""".split()
)
_OF_EVENTS: Final = frozenset(("info", "Attribute", "Object"))
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = b"{"
MOST_EVENTS: Final = 100_000
_DEEPEST: Final = 4


class EventBytes(NamedTuple):
    """An event as its keys with the bytes of their values, or why there is none."""

    members: list[tuple[str, bytes]]
    path: str
    size: int
    reason: str = ""


def is_misp(head: bytes) -> bool:
    """Tell by the beginning of a file whether it is MISP's; the first 64 KiB are enough."""
    first = _FIRST_KEY.match(head)
    return first is not None and (first[1] in _WRAPPERS or first[1] in _BARE)


def is_manifest(body: bytes) -> bool:
    """Tell whether these bytes are the manifest of a MISP feed: events' uuids, each with what the feed says of it."""
    try:
        entries = msgspec.json.decode(body, type=dict[str, dict[str, msgspec.Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(entries) and all("info" in entry or "Orgc" in entry for entry in entries.values())


def read_events(body: bytes) -> Iterator[EventBytes]:
    """Give the events in these bytes, in order; what is none of them is named."""
    yield from _value(body.removeprefix(b"\xef\xbb\xbf").strip(), "$", 0)


def _value(body: bytes, path: str, depth: int) -> Iterator[EventBytes]:
    if body.startswith(b"["):
        yield from _list(body, path, depth)
        return
    if not body.startswith(_OBJECT) or depth > _DEEPEST:
        yield EventBytes([], path, len(body), "not-an-event")
        return
    try:
        found = _members(body)
    except RecordRejected as exc:
        yield EventBytes([], exc.path.replace("$", path, 1), len(body), exc.reason)
        return
    keys = dict(found)
    wrapper = next((key for key in ("Event", "response") if key in keys), None)
    if wrapper is not None:
        yield from _value(keys[wrapper].strip(), f"{path}.{wrapper}", depth + 1)
    elif _OF_EVENTS.isdisjoint(keys):
        yield EventBytes([], path, len(body), "not-an-event")
    else:
        yield EventBytes(found, path, len(body))


def _list(body: bytes, path: str, depth: int) -> Iterator[EventBytes]:
    try:
        raws = _LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield EventBytes([], path, len(body), "not-json")
        return
    except RecursionError:
        yield EventBytes([], path, len(body), "too-deep")
        return
    for place, raw in enumerate(raws):
        if place >= MOST_EVENTS:
            yield EventBytes([], f"{path}[{place}]", 0, "too-many")
            return
        yield from _value(bytes(raw).strip(), f"{path}[{place}]", depth + 1)


def _members(body: bytes) -> list[tuple[str, bytes]]:
    """Walk one object.

    Raises:
        RecordRejected: not-json, too-deep, or a repeated key.
    """
    window = Window(io.BytesIO(body), body_bytes=len(body), hold_bytes=len(body))
    while window.more():
        pass
    found: list[tuple[str, bytes]] = []
    walk = members(window)
    while True:
        try:
            member = next(walk)
        except StopIteration as end:
            if not end.value or window.skip_space() != -1:
                raise RecordRejected("not-json", "$") from None
            return found
        if member.repeated:
            raise RecordRejected("repeated-key", f"$.{member.key[:80]}")
        measured = measure(window)
        if measured.state == "deep":
            raise RecordRejected("too-deep", f"$.{member.key[:80]}")
        if measured.state != "whole":
            raise RecordRejected("not-json", f"$.{member.key[:80]}")
        window.pos += len(measured.body)
        found.append((member.key, measured.body))
