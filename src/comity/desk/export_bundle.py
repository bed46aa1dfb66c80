"""Writes what waits for a party into a bundle file, for a node that is reached by disk or diode alone.

Nothing is taken off the line by that: it goes when the party's receipts come back, by a file of theirs. The party's
first file opens its view.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.node_type import Node
from comity.desk.open_view import open_view
from comity.desk.read_signed import statement_page
from comity.desk.read_view import refuse_stale
from comity.desk.sequence import settle
from comity.desk.signing_again import key_sets_in_line, signed_now
from comity.desk.verb import Progress, Report, no_report
from comity.desk.views import ReaderActor
from comity.errors import Conflict, NotFound, NotPermitted, StoreError, TooLarge, UsageError
from comity.records.bundle_file import VERSION, End, Head, written
from comity.records.sidecar import MOST_ACTS, Sidecar, sidecar_object
from comity.stores import directory, keeping, reading, stating, trusting, work
from comity.stores.directory import PartyRow
from comity.values import PartyName, iso
from comity.wire.bundles import NETWORK
from comity.wire.new_files import new_file
from comity.wire.text_sequence import write_text

ACTS_BYTES: Final = 4 << 20  # of one page, unless a single act is longer
LARGEST_PAGE_BYTES: Final = NETWORK.body_bytes  # of a file as of an answer over TAXII


class ExportBundleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A file to write on the node's machine. `since`: the first statement to write; else the first not acknowledged."""

    path: str
    to: str
    since: int | None = None
    overwrite: bool = False


class BundleExported(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. `first` and `last` number the statements; none if nothing new was delivered."""

    path: str
    to: str
    stream: str
    first: int | None
    last: int | None
    objects: int
    acts: int
    receipts: int
    size_bytes: int


class _Plan(NamedTuple):
    first: int
    last: int
    complete: bool


def export_bundle(
    node: Node, actor: Actor, request: ExportBundleRequest, *, progress: Report = no_report
) -> BundleExported:
    """Write the statements and acts that wait; the file appears under its name only when it is whole.

    Raises:
        NotPermitted: the role may not, or the party's root key is not accepted. NotFound: no such party. Conflict: the
        file is there. UsageError: it cannot be written there, or there is no such statement. TooLarge: a statement that
        no file takes. Busy: clauses change just now.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("bundle export is not open to the role {role}", role=actor.role)
    path = Path(request.path)
    if path.exists() and not request.overwrite:
        raise Conflict("{path} is there already", path=path)
    reader = _reader(node, request.to)
    settle(node)
    plan = _plan(node, reader, request.since)
    with new_file(path, node.entropy(4).hex(), replace=request.overwrite) as out:
        answer = _Writer(node, reader, plan, out).write(progress)
        answer = msgspec.structs.replace(answer, path=str(path), size_bytes=out.tell())
        _note(node, actor, answer)  # before the file has its name: nothing leaves unnoted
    return answer


def _reader(node: Node, name: str) -> ReaderActor:
    """Give the party as the reader of its view; the view is opened if this is the party's first file."""
    with node.store.read() as tx:
        party = _accepted(tx, name)
        ids = reading.view_ids(tx, party.no)
    if ids is None:
        with node.store.write() as tx:
            ids = open_view(node, tx, party.no, node.clock())
    return ReaderActor(party=party.name, user=party.name, reader_no=party.no, view_id=ids[0], inbox_id=ids[1])


def _accepted(tx: Connection, name: str) -> PartyRow:
    party = directory.party_named(tx, name)
    if party is None:
        raise NotFound("no party {party}", party=name)
    if party.is_self:
        raise UsageError("a node writes no file to itself")
    peer = trusting.peer_of(tx, party.no)
    if peer is None or peer.state != stating.PEER_ACCEPTED:
        raise NotPermitted("the root key of {party} is not accepted here: accept its anchor first", party=name)
    return party


def _plan(node: Node, reader: ReaderActor, since: int | None) -> _Plan:
    with node.store.read() as tx:
        last = stating.last_stated(tx, reader.reader_no)
        awaited = stating.first_unacknowledged(tx, reader.reader_no)
    made = 0 if last is None else last.seq
    if since is not None and not 1 <= since <= made + 1:
        raise UsageError(
            "{made} statements were made for {party}: --since is from 1 to {next}",
            made=made,
            party=reader.party,
            next=made + 1,
        )
    return _Plan(since or awaited, made, complete=since is None or since <= awaited)


class _Writer:
    """Writes one file. State kept consistent: how many pages stand in it, and what was counted of them."""

    def __init__(self, node: Node, reader: ReaderActor, plan: _Plan, out: BinaryIO) -> None:
        self._node, self._reader, self._plan, self._out = node, reader, plan, out
        self._pages = self._objects = 0

    def write(self, progress: Report) -> BundleExported:
        """Write the head, acts, receipts, statements and the end."""
        reader, plan = self._reader, self._plan
        has_any = plan.first <= plan.last
        first, last = (plan.first, plan.last) if has_any else (None, None)
        write_text(self._out, [written(self._head(first, last))])
        acts = self._write_acts(work.ACT_MESSAGE)  # first: what follows may be signed by a key that they state
        receipts = self._write_acts(work.RECEIPT_MESSAGE)
        total = plan.last - plan.first + 1 if has_any else 0
        for done, seq in enumerate(range(plan.first, plan.last + 1), 1):
            self._write_statement(seq)
            progress(Progress(done=done, total=total, unit="statements", phase=reader.party))
        write_text(self._out, [written(End(pages=self._pages))])
        return BundleExported(
            path="",
            to=reader.party,
            stream=reader.view_id,
            first=first,
            last=last,
            objects=self._objects,
            acts=acts,
            receipts=receipts,
            size_bytes=0,
        )

    def _head(self, first: int | None, last: int | None) -> Head:
        return Head(
            version=VERSION,
            giver=PartyName(self._node.settings.party),
            receiver=PartyName(self._reader.party),
            stream=self._reader.view_id,
            exercise=self._node.settings.exercise,
            complete=self._plan.complete,
            made_at=iso(self._node.clock()),
            first=first,
            last=last,
        )

    def _write_acts(self, kind: str) -> int:
        count = 0
        for acts in self._acts(kind):
            self._write_page([sidecar_object(Sidecar(acts=acts), self._node.clock())])
            count += len(acts)
        return count

    def _acts(self, kind: str) -> Iterator[tuple[str, ...]]:
        """Give the acts in line, in their order, as many together as one page takes."""
        after, page, size = 0, list[str](), 0
        with self._node.store.read() as tx:
            first = key_sets_in_line(tx, self._reader.party) if kind == work.ACT_MESSAGE else []
        while True:
            with self._node.store.read() as tx:
                waiting = work.waiting_for(tx, self._reader.party, kind, MOST_ACTS, after)
            rest = [one for one in waiting if one not in first]
            for _, payload in rest if after else [*first, *rest]:
                body = self._act(int(payload))
                if body is None:
                    continue
                if page and (len(page) == MOST_ACTS or size + len(body) > ACTS_BYTES):
                    yield tuple(page)
                    page, size = [], 0
                page.append(body.decode())
                size += len(body)
            if not waiting:
                break
            after = waiting[-1][0]
        if page:
            yield tuple(page)

    def _act(self, record_no: int) -> bytes | None:
        with self._node.store.read() as tx:
            held = keeping.held_record(tx, record_no)
            if held is None or held.body is None:
                return None
            return signed_now(self._node, tx, held.body, self._node.clock())

    def _write_statement(self, seq: int) -> None:
        now = self._node.clock()
        with self._node.store.read() as tx:
            refuse_stale(tx, self._reader, now)
            stated = stating.stated_at(tx, self._reader.reader_no, seq)
            if stated is None:
                raise StoreError("a statement is missing in the database: restore the node from its last backup")
            page = statement_page(self._node, tx, self._reader, stated, now)
        self._write_page(page.objects)
        self._objects += len(page.objects) - 1

    def _write_page(self, objects: Sequence[bytes]) -> None:
        if sum(map(len, objects)) + len(objects) > LARGEST_PAGE_BYTES - 64:
            raise TooLarge(LARGEST_PAGE_BYTES)
        parts = (part for n, body in enumerate(objects) for part in (b"," if n else b"", body))
        write_text(self._out, [b'{"objects":[', *parts, b"]}"])
        self._pages += 1


def _note(node: Node, actor: Actor, answer: BundleExported) -> None:
    facts = msgspec.to_builtins(answer)
    del facts["path"]
    with node.store.write() as tx:
        note(tx, actor, "bundle export", facts, node.clock())
