"""Takes a bundle file of another party in: page by page as over TAXII, each kept in one transaction or not at all.

A page that was taken before, by whichever way, is seen again and changes nothing. Who carried the file is not known, so
it accuses nobody: an alarm is noted only of what its giver has signed.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import open_act
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.desk.owed_receipts import OwedReceipts
from comity.desk.receive_page import PageAlarm, Received, accuse, receive, split
from comity.desk.sequence import settle
from comity.desk.verb import Progress, Report, no_report
from comity.errors import ComityError, Conflict, NotPermitted, RecordRejected, TooLarge, UsageError
from comity.records.bundle_file import LARGEST_SIDECAR_BYTES, End, Head, read_end, read_head
from comity.records.sidecar import MOST_ENTRIES
from comity.stores import alarming, directory, stating, streams, trusting
from comity.stores.directory import PartyRow
from comity.values import Tlp
from comity.wire.bundles import NETWORK, Limits, read_objects
from comity.wire.text_sequence import read_texts

RESULTS: Final = ("new", "upgraded", "duplicate", "quarantined")
SIGNED_FAULTS: Final = frozenset(("equivocation", "fork", "rollback"))  # two things that the giver signed


class ImportBundleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the node's machine. `new_stream`: take it although the giver's stream was another one so far."""

    path: str
    new_stream: bool = False


class BundleImported(msgspec.Struct, frozen=True, kw_only=True):
    """What the file brought. `statements` were new, `seen` are those held already; objects as in `item import`.

    `acts` are new ones, receipts among them; `missing` is what statements list and the file does not hold.
    """

    giver: str
    stream: str
    made_at: str
    complete: bool
    first: int | None
    last: int | None
    statements: int = 0
    seen: int = 0
    objects: int = 0
    new: int = 0
    upgraded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    acts: int = 0
    receipts: int = 0
    refused: int = 0
    missing: int = 0


def import_bundle(
    node: Node, actor: Actor, request: ImportBundleRequest, *, progress: Report = no_report
) -> BundleImported:
    """Take in what holds, up to the first page that does not; what came before that stays.

    Raises:
        NotPermitted: the role may not, or the giver's root key is not accepted. UsageError: no such file. TooLarge.
        Conflict: it is no bundle file, for another party, of the other world, of another stream, lacks what comes
        before it, is cut short, or a page of it does not hold.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("bundle import is not open to the role {role}", role=actor.role)
    path = Path(request.path)
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as exc:  # as of a name that is too long
        raise UsageError("no such file: {path}", path=path) from exc
    if size is None:
        raise UsageError("no such file: {path}", path=path)
    if size > node.settings.file_max_bytes:
        raise TooLarge(node.settings.file_max_bytes)
    error: ComityError | None = None
    with closing(read_texts(path, NETWORK.body_bytes)) as texts:
        head = _head(path, texts)
        taking = _Taking(node, head, _giver(node, head), new_stream=request.new_stream)
        try:
            taking.take(texts, lambda done: progress(Progress(done=done, total=size, unit="bytes", phase=head.giver)))
        except ComityError as exc:
            error = exc
    _note(node, actor, taking.told, error)
    settle(node)
    if error is not None:
        raise error
    return taking.told


def _head(path: Path, texts: Iterator[bytes]) -> Head:
    try:
        return read_head(next(texts))
    except RecordRejected as exc:
        why = exc.detail or exc.reason
        raise Conflict("{path} is no bundle file that can be read here: {why}", path=path, why=why) from exc


def _giver(node: Node, head: Head) -> PartyRow:
    """Give whose file it says to be, if it can be taken in here at all."""
    settings = node.settings
    if head.exercise != settings.exercise:
        theirs, ours = ("exercise", "live") if head.exercise else ("live", "exercise")
        raise Conflict("this file is {theirs} and this node is {ours}: the two never mix", theirs=theirs, ours=ours)
    if head.receiver != settings.party:
        raise Conflict(
            "this file is for {receiver}, and this is the node of {party}",
            receiver=head.receiver,
            party=settings.party,
        )
    with node.store.read() as tx:
        party = directory.party_named(tx, head.giver)
        peer = None if party is None or party.is_self else trusting.peer_of(tx, party.no)
        if party is None or peer is None or peer.state != stating.PEER_ACCEPTED:
            raise NotPermitted(
                "the root key of {party} is not accepted here: accept its anchor first", party=head.giver
            )
    return party


class _Taking:
    """Takes one file in. State kept consistent: what was told of it, and which receipts are owed for it."""

    def __init__(self, node: Node, head: Head, giver: PartyRow, *, new_stream: bool) -> None:
        self._node, self._head, self._giver, self._new_stream = node, head, giver, new_stream
        self.told = BundleImported(
            giver=giver.name,
            stream=head.stream,
            made_at=head.made_at,
            complete=head.complete,
            first=head.first,
            last=head.last,
        )
        # Unmarked objects count as what the party states, else as most restrictive: never as clear.
        level = Tlp.RED if giver.default_tlp is None else Tlp(giver.default_tlp)
        self._intake = Intake(node, Source(giver, level, f"bundle file of {giver.name}"))
        self._limits = _limits(node)
        with node.store.read() as tx:
            self._owed = OwedReceipts(node, tx, giver.name)

    def take(self, texts: Iterator[bytes], progress: Callable[[int], None]) -> None:
        """Take page by page, to the end.

        Raises:
            Conflict: a page does not hold, or the file is cut short.
        """
        done, page = 0, 0
        try:
            for page, text in enumerate(texts, 1):
                end = read_end(text)
                if end is not None:
                    self._close(end, page - 1, texts)
                    return
                self._page(text)
                done += len(text)
                progress(done)
        except PageAlarm as alarm:
            raise self._refused(alarm, page) from alarm
        except RecordRejected as exc:
            raise _broken(page, f"{exc.reason} at {exc.path}") from exc
        raise Conflict(
            "the file is cut short after page {page}: what came before is kept; have it carried again", page=page
        )

    def _page(self, text: bytes) -> None:
        objects, sidecar = split(list(read_objects(io.BytesIO(text), self._limits)))
        if sidecar is None:
            raise PageAlarm("unsigned-page", "no sidecar stands at its end")
        node = self._node
        with node.store.write() as tx:
            now = node.clock()
            if sidecar.statement is not None:
                self._refuse_another_stream(tx)
            received = receive(node, tx, self._head.stream, self._giver, self._intake, objects, sidecar, now)
            accuse(tx, self._giver, [one for one in received.acts.refused if self._is_proven(tx, *one)], now)
            self._owed.owe(tx, received.digests, now)
        self._count(received)

    def _refuse_another_stream(self, tx: Connection) -> None:
        known = {one.name for one in streams.streams_of(tx, self._giver.no)}
        if known and self._head.stream not in known and not self._new_stream:
            raise Conflict(
                "this is another stream of {party} than was read so far: ask the party whether its node began anew, "
                "and say --new-stream if it did",
                party=self._giver.name,
            )

    def _is_proven(self, tx: Connection, why: RecordRejected, envelope: bytes) -> bool:
        """Did the giver sign these very bytes, and are they wrong by themselves? Else the way may have done it."""
        if why.reason == "other-text":  # the text that they build on may have been lost on the way
            return False
        try:
            return open_act(self._node, tx, envelope, self._node.clock()).act.issuer == self._giver.name
        except RecordRejected:
            return False

    def _count(self, received: Received) -> None:
        told, results = self.told, [outcome.result for outcome in received.kept.outcomes]
        counts = {word: getattr(told, word) + results.count(word) for word in RESULTS}
        self.told = msgspec.structs.replace(
            told,
            statements=told.statements + received.is_new,
            seen=told.seen + (received.statement is not None and not received.is_new),
            objects=told.objects + len(results),
            acts=told.acts + received.acts.new,
            receipts=told.receipts + received.acts.receipts,
            refused=told.refused + len(received.acts.refused),
            missing=told.missing + received.missing,
            **counts,
        )

    def _close(self, end: End, pages: int, texts: Iterator[bytes]) -> None:
        if end.pages != pages:
            raise Conflict(
                "the file had {written} pages and has {pages}: what it has is kept; have it carried again",
                written=end.pages,
                pages=pages,
            )
        if next(texts, None) is not None:
            raise RecordRejected("surplus", "$", "something stands behind the end of the file")
        # An older file, once more or in the wrong order, shows nothing of what has arrived since.
        if self._head.complete and (self.told.statements or self.told.acts):
            with self._node.store.write() as tx:
                self._owed.drop_arrived(tx)

    def _refused(self, alarm: PageAlarm, page: int) -> ComityError:
        """Say what is wrong with a page, and note it as an alarm if it is two things that the giver signed."""
        if alarm.kind == "statement-gap":
            return Conflict(
                "the file does not go on where the stream of {party} has come to: {facts}. Import that file first, or "
                "ask for one with --since",
                party=self._giver.name,
                facts=alarm.facts,
            )
        if alarm.kind in SIGNED_FAULTS:
            with self._node.store.write() as tx:
                alarming.raise_alarm(tx, self._giver.no, alarm.kind, alarm.facts, self._node.clock(), alarm.evidence)
        return _broken(page, f"{alarm.kind}, {alarm.facts}")


def _broken(page: int, why: str) -> Conflict:
    return Conflict(
        "page {page} of the file does not hold ({why}): nothing of it is kept, what came before it is",
        page=page,
        why=why,
    )


def _limits(node: Node) -> Limits:
    largest = max(node.settings.file_max_object_bytes, LARGEST_SIDECAR_BYTES)
    return NETWORK._replace(object_bytes=largest, objects=MOST_ENTRIES + 1)


def _note(node: Node, actor: Actor, told: BundleImported, error: ComityError | None) -> None:
    facts = {**msgspec.to_builtins(told), "error": None if error is None else error.code}
    with node.store.write() as tx:
        note(tx, actor, "bundle import", facts, node.clock())
