"""Writes items out as a STIX bundle or for MISP: all that is held, or exactly what a party may have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from comity.desk.actor import Actor
from comity.desk.acts import uuid4
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.export_misp import events_of, gather, write_events, write_feed
from comity.desk.node_type import Node
from comity.desk.read_view import read_objects
from comity.desk.verb import Progress, Report, no_report
from comity.desk.views import ReaderActor, ReadQuery
from comity.errors import NotFound, NotPermitted
from comity.stores import directory, keeping, reading
from comity.values import JsonObject
from comity.wire.new_files import new_file

_PAGE = 1000


class ExportItemsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A file to write. `to`: only what this reading party may have now, as it may have it; else all, as received.

    `format`: a bundle, a file of MISP events, or the folder of a MISP feed.
    """

    path: str
    format: Literal["stix", "misp", "misp-feed"] = "stix"
    to: str | None = None
    overwrite: bool = False


class ExportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many objects were written, and where.

    Of MISP the events; and how many items stayed out, because the part that they were made of was not among them.
    """

    path: str
    objects: int
    events: int = 0
    stray: int = 0


def export_items(
    node: Node, actor: Actor, request: ExportItemsRequest, *, progress: Report = no_report
) -> ExportAnswer:
    """Write a bundle; the file appears under its name only when it is whole.

    Raises:
        NotPermitted: the role may not. NotFound: no such party. Conflict: the file is there. UsageError: it
        cannot be written there.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("item export is not open to the role {role}", role=actor.role)
    path = Path(request.path)
    if request.format != "stix":
        return _for_misp(node, actor, request, path)
    count = 0
    with new_file(path, node.entropy(4).hex(), replace=request.overwrite) as out:
        exercise = b'"x_comity_exercise":true,' if node.settings.exercise else b""
        out.write(b'{"type":"bundle","id":"bundle--%s",%s"objects":[' % (uuid4(node).encode(), exercise))
        for body in bodies_for(node, request.to):
            out.write(b",\n" if count else b"\n")
            out.write(body)
            count += 1
            if count % _PAGE == 0:
                progress(Progress(done=count, unit="objects", phase="writing"))
        out.write(b"\n]}\n")
        with node.store.write() as tx:  # before the file has its name: nothing leaves unnoted
            note(tx, actor, "item export", {"to": request.to, "objects": count}, node.clock())
    return ExportAnswer(path=str(path), objects=count)


def _for_misp(node: Node, actor: Actor, request: ExportItemsRequest, path: Path) -> ExportAnswer:
    gathered = gather(bodies_for(node, request.to))
    events, foreign = events_of(node, gathered)
    with node.store.write() as tx:  # before the file has its name: nothing leaves unnoted
        facts: JsonObject = {"to": request.to, "events": len(events), "format": request.format}
        note(tx, actor, "item export", facts, node.clock())
    if request.format == "misp":
        write_events(path, events, node, replace=request.overwrite)
    else:
        write_feed(path, events, node, replace=request.overwrite)
    return ExportAnswer(path=str(path), objects=foreign, events=len(events), stray=gathered.stray())


def bodies_for(node: Node, to: str | None) -> Iterator[bytes]:
    """Give what a reading party may have now, as it may have it, in all versions; of nobody all that is held.

    Raises:
        NotFound: no such reader.
    """
    if to is None:
        after = 0
        while True:
            with node.store.read() as tx:
                rows = keeping.live_bodies(tx, after, _PAGE)
            if not rows:
                return
            yield from (body for _, body in rows)
            after = rows[-1][0]
    reader = reader_named(node, to)
    query = ReadQuery(limit=_PAGE, versions=("all",))
    while True:
        page = read_objects(node, reader, reader.view_id, query)
        yield from page.objects
        if page.next is None:
            return
        query = msgspec.structs.replace(query, after=page.next)


def reader_named(node: Node, name: str) -> ReaderActor:
    """Give a party as the reader that it is.

    Raises:
        NotFound: no such party, or it has no credentials.
    """
    with node.store.read() as tx:
        party = directory.party_named(tx, name)
        ids = None if party is None else reading.view_ids(tx, party.no)
    if party is None or ids is None:
        raise NotFound("no reader {name}", name=name)
    return ReaderActor(party=party.name, user=party.name, reader_no=party.no, view_id=ids[0], inbox_id=ids[1])
