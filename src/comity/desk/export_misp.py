"""Writes items out for MISP: as one file of events, or as the folder of a feed that a MISP can subscribe to.

What was MISP's comes back as its own bytes, part by part. What never was goes through misp-stix into one more event.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import msgspec

from comity.desk.node_type import Node
from comity.errors import Conflict, UsageError
from comity.records.envelope import read_envelope
from comity.records.misp_export import EventOut, Gathered
from comity.values import JsonObject, iso
from comity.wire.misp_convert import Converter
from comity.wire.new_files import new_file

EXERCISE: Final = "EXERCISE – "
MOST_FOREIGN: Final = 5_000  # objects; misp-stix holds them all, and a MISP event of more is of no use
_ORGANISATIONS: Final = UUID("78041b5c-83ce-4662-87d6-b48cfeef775c")


class MispWritten(msgspec.Struct, frozen=True, kw_only=True):
    """How many events and parts were written; `stray` items of MISP's stayed out, for their part was not among them."""

    events: int
    stray: int
    foreign: int


def gather(bodies: Iterator[bytes]) -> Gathered:
    """Take the items in, of each the newest version."""
    gathered = Gathered()
    for body in bodies:
        envelope = read_envelope(body)
        gathered.add(envelope.stix_id, envelope.version_us, body)
    return gathered


def events_of(node: Node, gathered: Gathered) -> tuple[list[EventOut], int]:
    """Give the events, and how many items that never were MISP's went into the last.

    Raises:
        UsageError: too many of the latter. Unreachable: misp-stix gave no answer.
    """
    events = [_watermarked(event) if node.settings.exercise else event for event in gathered.events()]
    foreign = gathered.foreign()
    if not foreign:
        return events, 0
    if len(foreign) > MOST_FOREIGN:
        raise UsageError("{count} items never were MISP's; at most {most} can be turned into an event: write a bundle",
                         count=len(foreign), most=MOST_FOREIGN)  # fmt: skip
    with Converter() as converter:
        made = converter.to_misp(foreign)
    fields: JsonObject = made.event | _heading(node)
    body = msgspec.json.encode(fields)
    own = {key: value for key, value in fields.items() if key not in ("Attribute", "Object", "EventReport")}
    return [*events, EventOut(str(fields["uuid"]), body, own, ())], len(foreign)


def write_events(path: Path, events: list[EventOut], node: Node, *, replace: bool) -> None:
    """Write `{"response": [{"Event": …}, …]}`, or one event alone as MISP exports one.

    Raises:
        Conflict: the file is there. UsageError: it cannot be written.
    """
    with new_file(path, node.entropy(4).hex(), replace=replace) as out:
        if len(events) == 1:
            out.write(b'{"Event":%s}\n' % events[0].body)
            return
        out.write(b'{"response":[')
        for number, event in enumerate(events):
            out.write(b'%s\n{"Event":%s}' % (b"," if number else b"", event.body))
        out.write(b"\n]}\n")


def write_feed(folder: Path, events: list[EventOut], node: Node, *, replace: bool) -> None:
    """Write a feed: events first, then the list of hashes, and the manifest last, so that it names what is there.

    Raises:
        Conflict: there is something else in the folder. UsageError: it cannot be written.
    """
    if folder.exists() and not replace and any(folder.iterdir()):
        raise Conflict("{path} is there already", path=folder)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        raise UsageError("{path} cannot be written: {why}", path=folder, why=exc.strerror) from exc
    for event in events:
        with new_file(folder / f"{event.uuid}.json", node.entropy(4).hex(), replace=replace) as out:
            out.write(b'{"Event":%s}' % event.body)
    with new_file(folder / "hashes.csv", node.entropy(4).hex(), replace=replace) as out:
        for event in events:
            for value in event.values:
                # MISP looks the values of a feed up by this digest.
                digest = hashlib.md5(value.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
                out.write(f"{digest},{event.uuid}\n".encode())
    with new_file(folder / "manifest.json", node.entropy(4).hex(), replace=replace) as out:
        out.write(msgspec.json.encode({event.uuid: event.manifest for event in events}))


def _watermarked(event: EventOut) -> EventOut:
    """Say at the begin of its title that an event is an exercise's."""
    whole: JsonObject = msgspec.json.decode(event.body)
    title = str(whole.get("info", ""))
    info: JsonObject = {} if title.startswith(EXERCISE) else {"info": f"{EXERCISE}{title}"}
    return event._replace(body=msgspec.json.encode(whole | info), fields=event.fields | info)


def _heading(node: Node) -> JsonObject:
    """Say whose the event of items that never were MISP's is. It is for the receiving organisation alone."""
    name = node.settings.party
    org: JsonObject = {"name": node.settings.title, "uuid": str(uuid5(_ORGANISATIONS, name))}
    mark = EXERCISE if node.settings.exercise else ""
    return {
        "uuid": str(uuid5(_ORGANISATIONS, f"{name}/items")),
        "info": f"{mark}{node.settings.title}",
        "date": iso(node.clock())[:10],
        "timestamp": str(int(node.clock()) // 1000),
        "distribution": "0",
        "Orgc": org,
        "published": False,
    }
