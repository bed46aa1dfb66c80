"""Decides what a notice holds: its kinds, how much of each, where to look; details only for a channel of their level.

Not a verb. What the node says of its own work carries no marking, so it is of the level that unmarked things of its
own have (`default_tlp`). Content of items, reasons and names that others chose stand in no notice of any level.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from comity.desk.accounts import desk_url
from comity.desk.needing import Kind, Thing
from comity.desk.node_type import Node
from comity.stores.noticing import ChannelRow
from comity.values import Instant, Tlp, iso
from comity.wire.mail_client import one_line

MOST_DETAILS = 40
_PLACES: Mapping[Kind, str] = {
    "approval": "/acts",
    "review": "/acts",
    "quarantine": "/quarantine",
    "sign-in": "/account",
    "sign-in-refused": "/account",
    "ways-in": "/account",
    "account": "/account",
}


class Part(NamedTuple):
    """So many `times` something of one kind, where to look at the desk, and details if the channel may be told them."""

    kind: Kind
    times: int
    place: str
    details: tuple[str, ...]


class Brief(NamedTuple):
    """What one message holds: parts, or a test, or the code that confirms an address, or that the channel is gone."""

    url: str  # of the desk, without a slash at its end
    exercise: bool
    is_test: bool
    parts: tuple[Part, ...]
    code: str = ""
    place: str = ""  # where the code is given
    is_farewell: bool = False


class Worded(NamedTuple):
    """A notice as a person reads it; the subject can be read on the way."""

    subject: str
    body: str


def carries(node: Node, channel: ChannelRow) -> Tlp:
    """Give the level up to which a channel is told details: its own, and never more than the operator lets it."""
    settings = node.settings
    if channel.kind == "webhook":
        most = settings.notice_webhook_level
    else:
        most = settings.notice_sealed_level if channel.key is not None else settings.notice_plain_level
    return min(Tlp(channel.level), Tlp.of(most))


def brief_of(node: Node, channel: ChannelRow, things: Sequence[Thing], *, is_test: bool) -> Brief:
    """Give a message about these things, at the level of its channel."""
    in_full = carries(node, channel) >= Tlp.of(node.settings.default_tlp)
    groups: dict[Kind, list[str]] = {}
    for thing in things:
        groups.setdefault(thing.kind, []).append(one_line(thing.detail))
    parts = tuple(
        Part(kind, len(details), _PLACES.get(kind, "/"), tuple(details[:MOST_DETAILS]) if in_full else ())
        for kind, details in groups.items()
    )
    return Brief(desk_url(node), node.settings.exercise, is_test, parts)


def confirming(node: Node, channel_no: int, code: str) -> Brief:
    """Give the message that asks whether an address is read by who gave it."""
    place = f"/account/notices/{channel_no}/confirm"
    return Brief(desk_url(node), node.settings.exercise, is_test=True, parts=(), code=code, place=place)


def farewell(node: Node) -> Brief:
    """Give the last message of a channel."""
    return Brief(desk_url(node), node.settings.exercise, is_test=False, parts=(), is_farewell=True)


def plainly(brief: Brief) -> Worded:
    """Say a notice in the words of the program, where no door gave others."""
    lines = [f"{part.kind}: {part.times}" for part in brief.parts]
    if brief.code:
        lines = [f"{brief.url}{brief.place}", brief.code]
    return Worded("comity", "\n".join([*lines, f"{brief.url}/", ""]))


def as_json(brief: Brief, message_id: str, at: Instant, most: int) -> bytes:
    """Give a notice for a program; without details where it would be more than so many bytes with them."""
    for with_details in (True, False):
        body = msgspec.json.encode(
            {
                "type": _type_of(brief),
                "id": message_id,
                "timestamp": iso(at),
                "exercise": brief.exercise,
                "url": f"{brief.url}/",
                "notices": [_parsed(part, with_details=with_details) for part in brief.parts],
            }
        )
        if len(body) <= most:
            break
    return body


def _type_of(brief: Brief) -> str:
    if brief.is_farewell:
        return "comity.removed"
    return "comity.test" if brief.is_test else "comity.notice"


def _parsed(part: Part, *, with_details: bool) -> Mapping[str, object]:
    said: dict[str, object] = {"kind": part.kind, "count": part.times}
    return said | {"details": part.details} if with_details and part.details else said
