"""Submits what is in line for one outlet, and follows each submission's status to its end.

Not a verb. Before a batch goes it is noted that it goes; if no answer comes, nobody knows whether it arrived. Then it
is looked up first where the server lets us, and sent again only as far as it is not there: a TAXII server takes the
same id and version again without an effect (TAXII 2.1 §5.5), but some call it a failure. One object that a server
cannot take does not hold up the others: a batch that is refused is parted until the object is found.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.outlet_lines import Going, going_now, put_next
from comity.desk.verb import Progress, Report
from comity.errors import Busy, ComityError, NotFound, NotPermitted, StoreError, Unauthenticated, Unreachable
from comity.rooms.exchange.submitting import Outcome, Said, Sent, Word, is_version, judge_status
from comity.stores import outlets, submitting
from comity.stores.outlets import NamedOutlet
from comity.stores.submitting import FAILED, PENDING, TAKEN, UNKNOWN, WITHHELD, Batch, Line
from comity.values import Instant
from comity.wire.taxii_client import MOST_IDS_ASKED, Detail, Refusal, Submitted, TaxiiClient

LEASE_MS = 180_000  # longer than any one exchange with a server takes
MOST_OPEN = 32  # batches on their way: a server that never ends one does not gather all
MOST_POSTS = 200  # of one run
GIVE_UP_AFTER_MS = 24 * 3_600_000  # TAXII 2.1 §4.3: a server keeps a status for a day, if it follows the advice
FIRST_POLL_MS, LONGEST_POLL_MS = 2_000, 600_000
_BY_CONTENT = frozenset((400, 413, 422))  # what was sent is at fault
_PATIENCE = 3  # tries of a batch before a server's fault may be the content's
_STATES = {"taken": TAKEN, "pending": PENDING, "failed": FAILED, "unknown": UNKNOWN}
NO_STATUS = "the server gives no place to ask what became of it"
FORGOTTEN = "the server no longer says what became of it"
NEVER_SAID = "the server did not say within a day what became of it"
THERE_ALREADY = "it was there already"
_IDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:")


class Told(msgspec.Struct, kw_only=True):
    """What a run did, by objects."""

    sent: int = 0
    taken: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0


class OutletRun:
    """One run over one outlet. State kept consistent: the place in the stream, and what is known of the server."""

    def __init__(
        self, node: Node, named: NamedOutlet, client: TaxiiClient, most_bytes: int, progress: Report, *, ask_all: bool
    ) -> None:
        self._node, self._named, self._client, self._most_bytes = node, named, client, most_bytes
        self._progress, self._ask_all = progress, ask_all
        self.told = Told()
        self.is_cut = False  # more is in line than one run takes
        self._posts = 0
        self._works = False  # the server took something in this run
        self._parted = False
        self._faults: list[ComityError] = []

    def go(self) -> None:
        """Send what is in line, then what is new, then ask after what is pending.

        Raises:
            ComityError: what the server or the way to it said first; the others were tried as far as they could be.
            Resting: nothing may leave just now.
        """
        for step in (self._send, self._ask):
            try:
                step()
            except StoreError:
                raise
            except ComityError as exc:
                self._faults.append(exc)
        if self._faults:
            raise self._faults[0]

    def _send(self) -> None:
        tried: set[int] = set()
        while True:
            with self._node.store.read() as tx:
                here = submitting.batches_of(tx, self._named.row.no)
            due = [batch for batch in here if batch.status_url is None and batch.no not in tried]
            if not due and tried and self._works:  # the server takes others: what it broke at is now told apart
                tried.clear()
                self._faults.clear()
                continue
            if due and self._posts >= MOST_POSTS:
                self.is_cut = True
                return
            if due:
                # Parts of a batch come with numbers of their own, or, its first part, may be tried again.
                if not self._post(due[0]):
                    tried.add(due[0].no)
            elif len(here) >= MOST_OPEN or not self._next():
                return

    def _next(self) -> bool:
        with self._node.store.write() as tx:
            now = self._hold(tx)
            moved = put_next(self._node, tx, self._named, self._most_bytes, now)
        if moved is None:
            return False
        self._named = moved
        return True

    def _post(self, batch: Batch) -> bool:
        """Send a batch; True if something became of it, be it that it was parted."""
        going = self._prepared(batch)
        if going and batch.unsure:
            going = self._not_there(batch, going)
        if not going:
            self._end(batch)
            return True
        body = b'{"objects":[' + b",".join(one.body for one in going) + b"]}"
        if len(body) > self._most_bytes and len(going) > 1:
            return self._part(batch, 0)
        self._posts += 1
        try:
            told = self._client.offer(self._named.row.url, body)
        except (Unauthenticated, NotPermitted, NotFound, Busy):
            with self._node.store.write() as tx:
                submitting.note_stayed(tx, batch)
            raise
        if isinstance(told, Refusal):
            return self._refused(batch, going, told)
        self.told.sent += len(going)
        self._works = True
        self._note(batch, going, told)
        self._progress(Progress(done=self.told.sent, unit="objects", phase=self._named.party))
        return True

    def _prepared(self, batch: Batch) -> list[Going]:
        """Note that a batch goes, and give what of it may go now."""
        with self._node.store.write() as tx:
            now = self._hold(tx)
            lines = submitting.lines_of(tx, batch.no)
            going = going_now(self._node, tx, self._named, [line.item_no for line in lines], now)
            there = {one.item_no for one in going}
            # What went once without an answer may lie there: that it may no longer go does not change that.
            gone = UNKNOWN if batch.unsure else WITHHELD
            ended = [line._replace(state=gone) for line in lines if line.item_no not in there]
            submitting.note_lines(tx, batch.outlet_no, ended, now)
            if going:
                submitting.note_going(tx, batch.no, now)
        return going

    def _not_there(self, batch: Batch, going: list[Going]) -> list[Going]:
        found = self._there(going)
        self._settle(batch, [(one, Outcome("taken", THERE_ALREADY)) for one in going if one.item_no in found])
        return [one for one in going if one.item_no not in found]

    def _there(self, going: Sequence[Going]) -> set[int]:
        """Give those of these objects that the collection has, as far as it lets us look."""
        asked = [one for one in going if _IDS.issuperset(one.stix_id)]
        if not self._named.row.readable:
            return set()
        found: set[int] = set()
        for start in range(0, len(asked), MOST_IDS_ASKED):
            with self._node.store.write() as tx:
                self._hold(tx)
            cut = asked[start : start + MOST_IDS_ASKED]
            try:
                there = self._client.versions_of(self._named.row.url, [one.stix_id for one in cut])
            except StoreError:
                raise
            except ComityError:
                return found  # it is sent again, which does no harm
            found |= {
                one.item_no for one in cut for name, version in there
                if name == one.stix_id and is_version(version, one.version)
            }  # fmt: skip
        return found

    def _refused(self, batch: Batch, going: Sequence[Going], why: Refusal) -> bool:
        """Part a batch that was refused; a single object that the server cannot take is named.

        Raises:
            Unreachable: the server may be at fault, and not what was sent.
        """
        is_content = why.status in _BY_CONTENT
        fault = Unreachable("the server answers with status {status}", status=why.status)
        if not is_content and (why.status < 500 or batch.tries + 1 < _PATIENCE):
            raise fault
        if len(going) > 1 and (is_content or self._works or not self._parted):
            self._parted = True
            # Some of it may have been stored before the server gave up.
            tries = 0 if is_content else _PATIENCE - 1
            return self._part(batch._replace(unsure=why.status != 413), tries)
        if len(going) == 1 and (is_content or self._works):
            words = f"status {why.status}: {why.words}" if why.words else f"status {why.status}"
            there = self._there(going)
            outcome = Outcome("taken", THERE_ALREADY) if there else Outcome("failed", words)
            self._settle(batch, [(going[0], outcome)])
            self._end(batch)
            return True
        self._faults.append(fault)
        return False

    def _part(self, batch: Batch, tries: int) -> bool:
        with self._node.store.write() as tx:
            submitting.part(tx, batch, tries, self._hold(tx))
        return True

    def _note(self, batch: Batch, going: Sequence[Going], told: Submitted) -> None:
        outcomes = judge_status([Sent(one.stix_id, one.version) for one in going], _said(told))
        if any(one.fate == "failed" for one in outcomes):
            there = self._there([one for one, outcome in zip(going, outcomes, strict=True) if outcome.fate == "failed"])
            outcomes = [
                Outcome("taken", THERE_ALREADY) if one.item_no in there and outcome.fate == "failed" else outcome
                for one, outcome in zip(going, outcomes, strict=True)
            ]
        if told.url is None:
            outcomes = [Outcome("unknown", NO_STATUS) if one.fate == "pending" else one for one in outcomes]
        self._settle(batch, list(zip(going, outcomes, strict=True)))
        if any(one.fate == "pending" for one in outcomes):
            with self._node.store.write() as tx:
                now = self._hold(tx)
                submitting.await_status(tx, batch.no, told.url, 0, Instant(now + FIRST_POLL_MS))
        else:
            self._end(batch)

    def _ask(self) -> None:
        """Ask what became of what is pending."""
        with self._node.store.read() as tx:
            waiting = [one for one in submitting.batches_of(tx, self._named.row.no) if one.status_url is not None]
        for batch in waiting:
            now = self._node.clock()
            if now - (batch.posted_ms or 0) > GIVE_UP_AFTER_MS:
                self._give_up(batch, NEVER_SAID)
            elif self._ask_all or batch.due_ms <= now:
                self._ask_after(batch)

    def _ask_after(self, batch: Batch) -> None:
        with self._node.store.write() as tx:
            now = self._hold(tx)
            wait = min(FIRST_POLL_MS * 2 ** min(batch.tries + 1, 16), LONGEST_POLL_MS)
            submitting.await_status(tx, batch.no, batch.status_url, batch.tries + 1, Instant(now + wait))
            lines = submitting.lines_of(tx, batch.no)
            sent = submitting.names_of(tx, [line.item_no for line in lines])
        try:
            told = self._client.status(batch.status_url or "")
        except NotFound:
            self._give_up(batch, FORGOTTEN)
            return
        going = [Going(line.item_no, *sent[line.item_no], b"") for line in lines]
        outcomes = judge_status([Sent(one.stix_id, one.version) for one in going], _said(told))
        self._settle(batch, list(zip(going, outcomes, strict=True)), {line.item_no: line.sha256 for line in lines})
        if all(one.fate != "pending" for one in outcomes):
            self._end(batch)

    def _give_up(self, batch: Batch, words: str) -> None:
        with self._node.store.write() as tx:
            now = self._hold(tx)
            lines = [line._replace(state=UNKNOWN, words=words) for line in submitting.lines_of(tx, batch.no)]
            submitting.note_lines(tx, batch.outlet_no, lines, now)
            submitting.finish(tx, batch.no)
        self.told.unknown += len(lines)

    def _settle(
        self, batch: Batch, outcomes: Sequence[tuple[Going, Outcome]], sent_as: dict[int, bytes] | None = None
    ) -> None:
        lines = [
            Line(
                one.item_no,
                _STATES[outcome.fate],
                sent_as[one.item_no] if sent_as is not None else one.sha256,
                _inert(outcome.words),
            )
            for one, outcome in outcomes
        ]
        with self._node.store.write() as tx:
            submitting.note_lines(tx, batch.outlet_no, lines, self._hold(tx))
        fates = [outcome.fate for _, outcome in outcomes]
        self.told.taken += fates.count("taken")
        self.told.failed += fates.count("failed")
        self.told.unknown += fates.count("unknown")
        self.told.pending = self.told.pending + fates.count("pending") if sent_as is None else self.told.pending

    def _end(self, batch: Batch) -> None:
        with self._node.store.write() as tx:
            submitting.finish(tx, batch.no)

    def _hold(self, tx: Connection) -> Instant:
        """Go on holding the outlet.

        Raises:
            Busy: it was paused or dropped meanwhile.
        """
        now = self._node.clock()
        if not outlets.keep_claim(tx, self._named.row.no, now, LEASE_MS):
            raise Busy("the outlet was paused or dropped meanwhile")
        return now


def _said(told: Submitted) -> Said:
    return Said(
        complete=told.is_complete,
        successes=told.successes,
        failures=told.failed,
        taken=_words(told.taken),
        refused=_words(told.refused),
        waiting=_words(told.waiting),
    )


def _words(details: Sequence[Detail]) -> tuple[Word, ...]:
    return tuple(Word(one.id, one.version, one.message) for one in details)


def _inert(words: str) -> str:
    """Take what could steer a terminal, or break a database, out of a server's words."""
    return "".join(one if one.isprintable() else " " for one in words[: submitting.LONGEST_WORDS])
