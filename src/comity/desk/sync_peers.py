"""Reads from peers what is new there: one transaction a page, which keeps the objects and moves the place on together.

A page that was kept is never asked for again, one that was not is asked for again: a crash, a lost answer or a second
reader at work changes nothing. Objects without a signature are kept as coming from the peer that gave them.
"""

from collections.abc import Sequence

import msgspec

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.desk.peers import line_to, peers_of
from comity.desk.sequence import settle
from comity.desk.verb import Progress, Report, no_report
from comity.errors import Busy, ComityError, NotFound, NotPermitted, StoreError
from comity.stores import directory, registers, subscribing
from comity.stores.subscribing import NamedSubscription, Subscription
from comity.values import Instant, Tlp
from comity.wire.bundles import NETWORK, Limits
from comity.wire.taxii_client import Page, TaxiiClient

PER_PAGE = 1_000
MOST_PAGES = 10_000  # of one run: a server may not keep the node for ever
LONGEST_WAIT_MS = 3_600_000
LONGEST_DATE = 64


class SyncPeersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Reads from one party, or from all; `due_only`: those alone whose time has come."""

    party: str | None = None
    due_only: bool = False


class PeerSynced(msgspec.Struct, frozen=True, kw_only=True):
    """What one peer gave: objects = new + upgraded + duplicate + quarantined. `error` is empty if all was read."""

    party: str
    url: str
    objects: int = 0
    new: int = 0
    upgraded: int = 0
    duplicate: int = 0
    quarantined: int = 0
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
    answer = PeersSynced(peers=tuple(_sync(node, actor, named, progress) for named in due))
    if any(one.new or one.upgraded for one in answer.peers):
        settle(node)
    return answer


def _sync(node: Node, actor: Actor, named: NamedSubscription, progress: Report) -> PeerSynced:
    reader = _Reader(node, named, progress)
    try:
        with line_to(node, named) as client:
            reader.read(client)
        error: ComityError | None = None
    except StoreError:
        raise  # no peer's fault, and no other would fare better
    except ComityError as exc:
        error = exc
    _note(node, actor, named.row, reader.told, error)
    if error is None:
        return reader.told
    return msgspec.structs.replace(reader.told, error=str(error), code=error.code)


class _Reader:
    """Reads one subscription. State kept consistent: the place reached, and what was told of it."""

    def __init__(self, node: Node, named: NamedSubscription, progress: Report) -> None:
        self._node, self._row, self._progress = node, named.row, progress
        self.told = PeerSynced(party=named.party, url=named.row.url)
        self._intake = Intake(node, _source(node, named))

    def read(self, client: TaxiiClient) -> None:
        """Read page by page until the server has no more.

        Raises:
            ComityError: what the server or the way to it says; what was read before stays.
        """
        for number, page in enumerate(client.pages(self._row.url, limits_of(self._node), self._row.cursor, PER_PAGE)):
            if number >= MOST_PAGES:
                raise Busy("the peer has more than one run takes; the next goes on from here")
            self._keep(page)
            self._progress(Progress(done=self.told.objects, unit="objects", phase=self.told.party))

    def _keep(self, page: Page) -> None:
        cursor = _cursor(page, self._row.cursor)
        if not page.found and cursor == self._row.cursor:
            return
        with self._node.store.write() as tx:
            kept = self._intake.keep(tx, page.found, self._node.clock())
            # In one transaction with the objects: a place that moved on without them would lose them.
            if not subscribing.advance(tx, self._row, cursor, len(page.found)):
                raise Busy("another command reads from this peer just now")
        self._row = self._row._replace(cursor=cursor)
        results = [outcome.result for outcome in kept.outcomes]
        told = self.told
        self.told = msgspec.structs.replace(
            told,
            objects=told.objects + len(results),
            new=told.new + results.count("new"),
            upgraded=told.upgraded + results.count("upgraded"),
            duplicate=told.duplicate + results.count("duplicate"),
            quarantined=told.quarantined + results.count("quarantined"),
        )


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


def _note(node: Node, actor: Actor, row: Subscription, told: PeerSynced, error: ComityError | None) -> None:
    """Note how it went, and when to try again: after failures, twice as late each time, an hour at most."""
    now = node.clock()
    every_ms = node.settings.sync_every_s * 1000
    with node.store.write() as tx:
        if error is None:
            subscribing.note_success(tx, row.no, now, Instant(now + every_ms))
        else:
            wait = min(max(every_ms, 1000) * 2 ** min(row.failures, 12), LONGEST_WAIT_MS)
            asked = error.retry_after_s * 1000 if isinstance(error, Busy) else 0
            subscribing.note_failure(tx, row.no, str(error), now, Instant(now + max(wait, asked)))
        if told.objects or error is not None:
            facts = {"party": told.party, "objects": told.objects, "new": told.new, "error": told.code or None}
            registers.note(
                tx,
                at=now,
                actor=actor.name,
                via=actor.via,
                verb="peer sync",
                facts=msgspec.json.encode(facts).decode(),
            )


def due_again(rows: Sequence[NamedSubscription], now: Instant) -> bool:
    """Is there a subscription whose time has come?"""
    return any(not named.row.paused and named.row.due_ms <= now for named in rows)
