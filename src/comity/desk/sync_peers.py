"""Reads from peers what is new there: one transaction a page, which keeps the objects and moves the place on together.

Parties are read beside each other, a few at a time, so that a slow one holds up no other.
A page that was kept is never asked for again, one that was not is asked for again: a crash, a lost answer or a second
reader at work changes nothing. Objects without a signature are kept as coming from the peer that gave them.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.clock_skew import larger, signed_skew, with_skew
from comity.desk.far_collections import try_again_at
from comity.desk.gaps import place_after, starts_of_gaps
from comity.desk.intake import Intake, Kept, Outcome, Source
from comity.desk.node_type import Node
from comity.desk.pages_ahead import PagesAhead
from comity.desk.peers import line_to, peers_of
from comity.desk.reading_ahead import Ahead
from comity.desk.receive_page import Laid, PageAlarm, PageRewritten, accuse, laid_out, receive, split
from comity.desk.send_acts import acknowledge, post_waiting
from comity.desk.sequence import Sequencer, settle
from comity.desk.take_hint import EVERY_MS
from comity.desk.tls_pins import key_watched, stream_at
from comity.desk.verb import Progress, Report, no_report
from comity.desk.watch_log import watch_log
from comity.errors import Busy, ComityError, Conflict, NotFound, NotPermitted, StoreError, Unreachable, WrongTlsKey
from comity.records.sidecar import Sidecar
from comity.stores import alarming, directory, hinting, stating, streams, subscribing, trusting
from comity.stores.directory import PartyRow
from comity.stores.subscribing import NamedSubscription, Subscription
from comity.values import Instant, Tlp, iso
from comity.wire.bundles import NETWORK, Found, Limits
from comity.wire.taxii_client import Page, TaxiiClient

PER_PAGE = 1_000
MOST_PAGES = 10_000  # of one run: a server may not keep the node for ever
AT_ONCE = 4  # parties; each may hold two pages in memory
MOST_FILLED = 10  # statements of one run that are asked for once more
LONGEST_DATE = 64


class SyncPeersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Reads from one party, or from all; `due_only`: those alone whose time has come.

    After `within_s` no further page is asked for, and the rest is left to the next reading; 0: only after 10,000 pages.
    """

    party: str | None = None
    due_only: bool = False
    within_s: Annotated[int, Meta(ge=0)] = 0


class PeerSynced(msgspec.Struct, frozen=True, kw_only=True):
    """What one peer gave: objects = new + upgraded + duplicate + quarantined. `error` is empty if all was read.

    `rewritten`: objects came otherwise than they were signed, and were taken from the exact bytes beside them.
    """

    party: str
    url: str
    objects: int = 0
    new: int = 0
    upgraded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    acts: int = 0
    missing: int = 0  # listed in a statement, and not come
    posted: int = 0
    more: bool = False  # there is more than was read: the next reading goes on
    log: str = ""  # what is wrong with the peer's log
    log_code: str = ""
    rewritten: bool = False
    error: str = ""
    code: str = ""


class PeersSynced(msgspec.Struct, frozen=True, kw_only=True):
    """What each peer gave."""

    peers: tuple[PeerSynced, ...]


def sync_peers(node: Node, actor: Actor, request: SyncPeersRequest, *, progress: Report = no_report) -> PeersSynced:
    """Read from each peer to its end. One that fails is noted, tried later, and holds up no other.

    Raises:
        NotFound: nothing is read from the party named. NotPermitted: the role may not. StoreError: nothing can be kept.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("peer sync is not open to the role {role}", role=actor.role)
    now = node.clock()
    due = [
        named
        for named in peers_of(node, request.party)
        if not (request.due_only and (named.row.paused or named.row.due_ms > now))
    ]
    answer = PeersSynced(peers=tuple(_beside_each_other(node, actor, due, request.within_s, progress)))
    if any(one.new or one.upgraded or one.acts for one in answer.peers):
        settle(node)
    return answer


def _beside_each_other(
    node: Node, actor: Actor, due: Sequence[NamedSubscription], within_s: int, progress: Report
) -> list[PeerSynced]:
    """Read each party in a thread of its own; what is read from one party, one after the other."""
    parties = list(dict.fromkeys(named.party for named in due))
    told_by_one = threading.Lock()

    def tell(one: Progress) -> None:
        with told_by_one:
            progress(one)

    def read(party: str) -> list[PeerSynced]:
        return [_sync(node, actor, named, within_s, tell) for named in due if named.party == party]

    if len(parties) < 2:
        return [one for party in parties for one in read(party)]
    with node.beside(min(AT_ONCE, len(parties))) as pool:
        return [one for told in pool.map(read, parties) for one in told]


def _sync(node: Node, actor: Actor, named: NamedSubscription, within_s: int, progress: Report) -> PeerSynced:
    reader = _Reader(node, named, progress)
    until = Instant(node.clock() + within_s * 1000) if within_s else None
    error: ComityError | None = None
    skew: int | None = None
    words = ""
    try:
        with key_watched(node, named.row.party_no):
            with line_to(node, named) as client:
                try:
                    reader.read(client, until)
                finally:
                    skew = client.skew_ms
            reader.told = msgspec.structs.replace(reader.told, posted=post_waiting(node, named, until))
    except PageAlarm as exc:
        error = _alarmed(node, reader.giver, exc, reader.row)
        skew = larger(skew, signed_skew(exc.evidence, node.clock()))
        words = with_skew(error, named.party, skew)
    except StoreError:
        raise  # no peer's fault, and no other would fare better
    except ComityError as exc:
        error = exc
    if reader.signs and not isinstance(error, Unreachable | WrongTlsKey):
        seen = watch_log(node, reader.giver, named.row.url)
        reader.told = msgspec.structs.replace(reader.told, log=seen.error, log_code=seen.code)
    if error is not None:
        reader.told = msgspec.structs.replace(reader.told, error=words or str(error), code=error.code)
    _note(node, actor, named.row, reader.told, error, skew)
    return reader.told


def _alarmed(node: Node, giver: PartyRow, alarm: PageAlarm, row: Subscription) -> ComityError:
    """Note an alarm in a transaction of its own: the page's was undone.

    Where statements lack, the place goes back to the last one held: the next reading asks for what lacks.
    """
    with node.store.write() as tx:
        if alarm.kind == "statement-gap" and alarm.gap is not None:
            subscribing.advance(tx, row, place_after(tx, alarm.gap.stream_no), 0)
        alarming.raise_alarm(tx, giver.no, alarm.kind, alarm.facts, node.clock(), alarm.evidence, alarm.gap)
    return Conflict(
        "what {party} sent does not hold: {kind}, {facts}", party=giver.name, kind=alarm.kind, facts=alarm.facts
    )


_Parts = tuple[list[Found], Sidecar | None, Laid | None]


class _Reader:
    """Reads one subscription. State kept consistent: the place reached, what was told of it, what was acknowledged."""

    def __init__(self, node: Node, named: NamedSubscription, progress: Report) -> None:
        self._node, self.row, self._progress = node, named.row, progress
        self.told = PeerSynced(party=named.party, url=named.row.url)
        self._stream, self._acknowledged = stream_at(named.row.url), set[str]()
        source = _source(node, named)
        self._intake, self.giver = Intake(node, source), source.party
        self._sequencer: Sequencer | None = None
        with node.store.read() as tx:
            peer = trusting.peer_of(tx, source.party.no)
        self.signs = peer is not None and peer.state == stating.PEER_ACCEPTED

    def read(self, client: TaxiiClient, until: Instant | None) -> None:
        """Read page by page until the server has no more, or the time is up: the next reading goes on from there.

        Raises:
            ComityError: what the server or the way to it says; what was read before stays.
        """
        if not self.signs:
            self._read(client, until, {})
            return
        with self._node.store.read() as tx:  # those of earlier runs: what lacks now is asked for by the next
            gapped = starts_of_gaps(tx, self.giver.no, self._stream, MOST_FILLED)
        asked = {"comity": "signed"}
        try:
            self._read(client, until, asked)
        except PageRewritten:  # nothing of that page was kept; with the exact bytes beside, it stands or falls for good
            self.told = msgspec.structs.replace(self.told, rewritten=True)
            asked = {"comity": "relay"}
            self._read(client, until, asked)
        self._fill(client, until, gapped, asked)

    def _read(self, client: TaxiiClient, until: Instant | None, asked: Mapping[str, str]) -> None:
        began, more = self.row.cursor, False

        def enough(came: int) -> bool:
            return came >= MOST_PAGES or self._is_over(until)

        pages = client.pages(self.row.url, limits_of(self._node), self.row.cursor, PER_PAGE, asked)
        # Whoever stops here waits for the page asked for ahead.
        ahead = PagesAhead(self._node.catalogue.personal_rules, PER_PAGE)
        with closing(ahead.pages(pages, self._node.beside(1), enough, self._parted)) as coming:
            for page, parts, read in coming:
                self._keep(page, parts, read)
                more = page.more
                self._progress(Progress(done=self.told.objects, unit="objects", phase=self.told.party))
        if more and self.row.cursor == began:  # it would be asked for the same again and again
            raise Unreachable("the server promises more objects without an end, and gives nothing new")
        self.told = msgspec.structs.replace(self.told, more=more)

    def _fill(
        self, client: TaxiiClient, until: Instant | None, places: Sequence[str], asked: Mapping[str, str]
    ) -> None:
        """Ask once more for what statements list and did not bring. The place does not move by it."""
        for place in places:
            if self._is_over(until):
                return
            pages = client.pages(self.row.url, limits_of(self._node), place, PER_PAGE, asked)
            page = next(pages)
            with self._node.store.write() as tx:
                kept, _ = self._taken_in(tx, self._parted(page), place, filling=True)
            self._count(kept.outcomes)

    def _is_over(self, until: Instant | None) -> bool:
        return until is not None and self._node.clock() >= until

    def _parted(self, page: Page) -> _Parts:
        if not self.signs:
            return list(page.found), None, None
        objects, sidecar = split(page.found)
        return objects, sidecar, None if sidecar is None else laid_out(objects, sidecar)

    def _keep(self, page: Page, parts: _Parts, read: Ahead) -> None:
        cursor = _cursor(page, self.row.cursor)
        if not page.found and cursor == self.row.cursor:
            return

        def work(tx: Connection, _: Instant) -> Kept:
            nonlocal cursor
            # Before it is judged: beside what another command has taken meanwhile, this page looks like a rollback.
            now_there = subscribing.subscription(tx, self.row.no)
            if now_there is None or now_there.cursor != self.row.cursor:
                raise Busy("another command reads from this peer just now")
            kept, cursor = self._taken_in(tx, parts, cursor, read)
            # In one transaction with the objects: a place that moved on without them would lose them.
            has_moved = page.found or cursor != self.row.cursor
            if has_moved and not subscribing.advance(tx, self.row, cursor, len(kept.outcomes)):
                raise Busy("another command reads from this peer just now")
            return kept

        self._sequencer = self._sequencer or Sequencer(self._node)
        kept = self._sequencer.keep(work)
        self.row = self.row._replace(cursor=cursor)
        self._count(kept.outcomes)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        results = [outcome.result for outcome in outcomes]
        told = self.told
        self.told = msgspec.structs.replace(
            told,
            objects=told.objects + len(results),
            new=told.new + results.count("new"),
            upgraded=told.upgraded + results.count("upgraded"),
            duplicate=told.duplicate + results.count("duplicate"),
            quarantined=told.quarantined + results.count("quarantined"),
        )

    def _taken_in(
        self, tx: Connection, parts: _Parts, said: str, read: Ahead = (), *, filling: bool = False
    ) -> tuple[Kept, str]:
        """Keep a page: a signed one as far as its signatures hold, one of a plain server as unsigned.

        Gives the place after it too. Where a peer signs, that is what its statement reaches, and never the date that
        the answer's header says: an old answer, sent again by whoever holds the wire, would set the node back for good.
        A statement that is held and asked for once more was acknowledged when it came: another receipt at each reading
        would fill both logs for as long as the gap stays.
        """
        now = self._node.clock()
        objects, sidecar, laid = parts
        if sidecar is None:
            signed_before = streams.stream_named(tx, self.giver.no, self._stream) is not None
            if objects and signed_before:
                raise PageAlarm("unsigned-page", "it signed before, and does not now")
            kept = self._intake.keep(tx, objects, now, ahead=read)
            return kept, self.row.cursor if signed_before else said
        ahead = read[: len(objects)]
        received = receive(
            self._node, tx, self._stream, self.giver, self._intake, objects, sidecar, now, ahead=ahead, laid=laid
        )
        accuse(tx, self.giver, received.acts.refused, now)
        owed = received.acts.digests if filling else received.digests
        # Acts in line come with every page, until their receipt is there: one in a run is enough.
        fresh = [digest for digest in owed if digest not in self._acknowledged]
        acknowledge(self._node, tx, self.giver.name, fresh, now)
        self._acknowledged.update(fresh)  # should this page be undone yet, the run ends with it
        told, acts = self.told, len(received.acts.digests)
        self.told = msgspec.structs.replace(told, acts=told.acts + acts, missing=told.missing + received.missing)
        return received.kept, self.row.cursor if received.upto_ms is None else iso(Instant(received.upto_ms))


def limits_of(node: Node) -> Limits:
    """Give how much is taken from one page of a peer."""
    return NETWORK._replace(object_bytes=node.settings.max_object_bytes)


def _source(node: Node, named: NamedSubscription) -> Source:
    with node.store.read() as tx:
        party = directory.party_named(tx, named.party)
    if party is None:
        raise NotFound("no party {party}", party=named.party)
    # Unmarked objects count as what the party states, else as most restrictive: never as clear.
    level = Tlp.RED if party.default_tlp is None else Tlp(party.default_tlp)
    return Source(party, level, f"read from {named.row.url}"[:200])


def _cursor(page: Page, before: str) -> str:
    """Give the place after a page: its last date, if the server says one that can be one."""
    last = (page.last_date or "").strip()
    return last if last and len(last) <= LONGEST_DATE and last.isascii() and last.isprintable() else before


def _note(
    node: Node, actor: Actor, row: Subscription, told: PeerSynced, error: ComityError | None, skew: int | None
) -> None:
    """Note how it went, and when to go on."""
    now = node.clock()
    with node.store.write() as tx:
        if error is None and told.more:
            subscribing.note_part(tx, row.no, now, now)
        elif error is None:
            # A hint while it was read may be of what came behind the place that was passed.
            rest_ms = EVERY_MS if hinting.was_hinted(tx, row.no, row.due_ms) else node.settings.sync_every_s * 1000
            subscribing.note_success(tx, row.no, now, Instant(now + rest_ms))
        else:
            subscribing.note_failure(tx, row.no, told.error, now, try_again_at(node, row.failures, error, now))
        behind_ms = None if row.synced_ms is None else max(0, int(now) - row.synced_ms)
        subscribing.note_lag(tx, row.no, behind_ms, told.objects, now, failed=error is not None)
        if skew is not None:
            subscribing.note_skew(tx, row.no, skew)
        if told.objects or error is not None:
            facts = {"party": told.party, "objects": told.objects, "new": told.new, "error": told.code or None}
            if told.rewritten:
                facts["rewritten"] = True
            note(tx, actor, "peer sync", facts, now)


def due_parties(node: Node) -> list[str]:
    """Give the parties of whom something is to be read now, who waits longest first."""
    now = node.clock()
    due = [named for named in peers_of(node) if not named.row.paused and named.row.due_ms <= now]
    return list(dict.fromkeys(named.party for named in sorted(due, key=lambda named: named.row.due_ms)))
