"""Takes events from a MISP server in, and gives it what its party may have."""

import tempfile
from pathlib import Path

import msgspec

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.export_items import bodies_for
from comity.desk.export_misp import events_of, gather
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items, moment_of, source_of
from comity.desk.node_type import Node
from comity.desk.peers import outbound
from comity.desk.verb import Progress, Report, no_report
from comity.errors import NotPermitted, UsageError
from comity.values import JsonObject
from comity.wire.misp_client import MispClient

MOST_LISTED = 100


class PullMispRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A MISP server by the URL of its front page, the key to read with, and the party that its events come from.

    `since`: only events changed from then on. `default_tlp`: what events without a TLP tag count as, never clear.
    """

    url: str
    key: str
    source: str
    since: str | None = None
    default_tlp: str | None = None

    def __repr__(self) -> str:
        return f"PullMispRequest(url={self.url!r}, source={self.source!r})"


class PushMispRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A MISP server by the URL of its front page, the key to write with, and the party whose server it is."""

    url: str
    key: str
    to: str

    def __repr__(self) -> str:
        return f"PushMispRequest(url={self.url!r}, to={self.to!r})"


class MispRefused(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the server did not take, and its words."""

    uuid: str
    words: str


class MispPushed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events at the server; the first hundred refused are listed. `stray`: as in an export."""

    added: int = 0
    edited: int = 0
    held: int = 0
    refused: int = 0
    stray: int = 0
    refusals: tuple[MispRefused, ...] = ()


def pull_misp(node: Node, actor: Actor, request: PullMispRequest, *, progress: Report = no_report) -> ImportAnswer:
    """Read the published events of a server and take them in, as `item import` does with a file of them.

    Raises:
        NotPermitted, Unauthenticated, Unreachable, Busy, TooLarge, RecordRejected: what the server or the way to it
        says. NotFound: no such party. UsageError: a bad URL, level or time.
    """
    _may(actor, "misp pull")
    party = source_of(node, request.source)
    if party.is_self:
        raise UsageError("say whose events they are: a server's events come from another party")
    since_ms = moment_of(request.since)
    # Held on disk, not in memory, and gone when this ends; a folder of the node, for its owner's eyes alone.
    with tempfile.TemporaryDirectory(prefix=".misp-", dir=node.folder) as folder:
        with MispClient(outbound(node), request.url, _key(request.key)) as client:
            pages = client.pages(None if since_ms is None else since_ms // 1000)
            for number, page in enumerate(pages, 1):
                (Path(folder) / f"page-{number}.json").write_bytes(page)
                progress(Progress(done=number, unit="pages", phase="reading"))
        asked = ImportItemsRequest(paths=(folder,), source=request.source, default_tlp=request.default_tlp)
        return import_items(node, actor, asked, progress=progress)


def push_misp(node: Node, actor: Actor, request: PushMispRequest, *, progress: Report = no_report) -> MispPushed:
    """Give a server every event that its party may have now, part by part; what it has already stays as it is.

    Raises:
        NotPermitted, Unauthenticated, Unreachable, Busy, TooLarge: what the server or the way to it says. NotFound: no
        such reader. UsageError: a bad URL.
    """
    _may(actor, "misp push")
    gathered = gather(bodies_for(node, request.to))
    events, _ = events_of(node, gathered)
    counts = dict.fromkeys(("added", "edited", "held", "refused"), 0)
    refusals: list[MispRefused] = []
    facts: JsonObject = {"to": request.to, "url": request.url, "events": len(events)}
    with node.store.write() as tx:  # before anything goes: nothing leaves unnoted
        note(tx, actor, "misp push", facts, node.clock())
    with MispClient(outbound(node), request.url, _key(request.key)) as client:
        for number, event in enumerate(events, 1):
            put = client.put(event.uuid, event.body)
            counts[put.fate] += 1
            if put.fate == "refused" and len(refusals) < MOST_LISTED:
                refusals.append(MispRefused(uuid=event.uuid, words=put.words))
            progress(Progress(done=number, total=len(events), unit="events", phase="sending"))
    return MispPushed(**counts, stray=gathered.stray(), refusals=tuple(refusals))


def _may(actor: Actor, verb: str) -> None:
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("{verb} is not open to the role {role}", verb=verb, role=actor.role)


def _key(key: str) -> str:
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError("give the key of a user of that MISP, in a file")
    return key
