"""Takes objects in: reads, classes and keeps one batch in one transaction; every object is answered for.

Not a verb: imports, submissions and the quarantine's retry share it. Each object ends as new, upgraded (STIX 2.0, kept
as it came and served as 2.1), duplicate or quarantined with a reason; one bad object never sinks the others.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.item_reading import ItemReader, ItemReading, Seen
from comity.desk.node_type import Node
from comity.desk.quiet import collector_resting
from comity.desk.spilling import ABOVE_CEILING
from comity.desk.unplace import unplace
from comity.errors import RecordRejected
from comity.records.envelope import read_envelope, read_object
from comity.records.facts import GATED_TYPES, ClassFacts
from comity.records.markings import STANDARD_MARKINGS, Marking, read_marking
from comity.rooms.release.classing import Classed, Origin, classify, latest_embargo
from comity.stores import directory, keeping, reclassing, registers
from comity.stores.just_kept import JustKept
from comity.stores.keeping import Batch, empty_batch
from comity.stores.placeables import Placeable
from comity.stores.registers import Refused
from comity.stores.tables import END, ITEM, LIVE, PORTIONS, WITHDRAWN
from comity.values import Instant, PartyName, Tlp, id_key
from comity.wire.bundles import Found

READER_VERSION = 1  # raise it when more can be read: the quarantine is then tried again
SALT_BYTES = 16
_MOST_REMEMBERED = 10_000
_NOT_SEEN = (None,)

MARKING_REDEFINED = "marking-redefined"


class Source(NamedTuple):
    """The authenticated source of a batch, and what is to hold for all of it."""

    party: directory.PartyRow
    default_tlp: Tlp
    origin: str  # file or submission, for people
    embargo_ms: int | None = None
    by_submitter: bool = False  # who may send again what it took back


class Told(NamedTuple):
    """What its giver states of one object: how it is handled if no marking says so, and whose it is shown to be."""

    default_tlp: Tlp | None = None
    originator: PartyName | None = None


NOTHING_TOLD = Told()


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one object; `reason` is empty unless it was quarantined."""

    stix_id: str
    version: str
    result: str  # new, upgraded, duplicate or quarantined
    reason: str = ""
    path: str = ""


class Kept(NamedTuple):
    """What became of a batch, object by object in its order, and the last record number written.

    `numbers`: those of its records that are held now, written or held before, by the SHA-256 of their bytes.
    `just_kept`: those written, if any.
    """

    outcomes: list[Outcome]
    last_no: int
    numbers: dict[bytes, int]
    just_kept: JustKept | None


NOTHING_KEPT = Kept([], 0, {}, None)


class _Entering(msgspec.Struct, frozen=True, gc=False):
    place: int
    body: bytes
    seen: Seen
    reading: ItemReading


class _Row(NamedTuple):
    """What the rows of all items have in common that were classed as one."""

    made: Classed
    class_no: int
    flags: int
    embargo_ms: int | None
    is_plain: bool  # nothing stands beside the record because of its class
    is_free: bool  # no embargo holds it back, and it has not expired


class Intake:
    """Takes batches of one source in.

    State kept consistent: the source's marking definitions as read so far, and what was made of them for one type, set
    of markings and answer on personal data.
    """

    def __init__(self, node: Node, source: Source) -> None:
        self._node, self._source = node, source
        self._known: dict[str, Marking] | None = None
        self._classes: dict[tuple[str, tuple[str, ...], str, Told], tuple[Classed, int]] = {}
        self._reader = ItemReader(node.catalogue.personal)
        self._origin = Origin(
            originator=PartyName(source.party.name),
            received_from=PartyName(source.party.name),
            default_tlp=source.default_tlp,
        )

    def keep(
        self,
        tx: Connection,
        founds: Sequence[Found],
        now: Instant,
        *,
        ahead: Sequence[Seen | None] = (),
        told: Sequence[Told] = (),
    ) -> Kept:
        """Keep a batch in the caller's transaction.

        Args:
            ahead: what of each object has been read already.
            told: one for each object, if anything is stated of them.
        """
        self._told = told
        with collector_resting():
            return self._keep(tx, founds, now, ahead or _NOT_SEEN * len(founds))

    def _keep(self, tx: Connection, founds: Sequence[Found], now: Instant, ahead: Sequence[Seen | None]) -> Kept:
        self._refused: list[Refused] = []
        self._numbers: dict[bytes, int] = {}
        outcomes: list[Outcome | None] = [None] * len(founds)
        entering = self._new_ones(tx, founds, ahead, outcomes, now)
        self._learn_markings(tx, entering, outcomes, now)
        batch = empty_batch()
        classed = self._classed(tx, entering, outcomes, now)
        first, just_kept = 0, None
        if classed:
            first = keeping.next_numbers(tx, len(classed))
            self._numbers |= {entry.seen.sha256: no for no, (entry, _) in enumerate(classed, first)}
            just_kept = self._fill(tx, batch, classed, first, now)
        for entry, _ in classed:
            result = "upgraded" if entry.reading.spec == 20 else "new"
            outcomes[entry.place] = Outcome(entry.reading.stix_id, entry.reading.version, result)
        last = keeping.keep(self._node.store, tx, batch)
        registers.quarantine_all(self._node.store, tx, self._refused, self._node.settings.quarantine_cap_bytes)
        self._bind_markings(tx, classed, first)
        return Kept([outcome for outcome in outcomes if outcome is not None], last, self._numbers, just_kept)

    def _new_ones(
        self,
        tx: Connection,
        founds: Sequence[Found],
        ahead: Sequence[Seen | None],
        outcomes: list[Outcome | None],
        now: Instant,
    ) -> list[_Entering]:
        """Pass by what is held already, byte for byte, without reading it again; read the rest."""
        looked = self._looked_at(founds, ahead, outcomes, now)
        held = keeping.rows_held(tx, {seen.key for _, _, seen in looked})
        own = [row for row in held if row[1] == self._source.party.no]
        numbers: dict[bytes, int] = {row[2]: row[3] for row in own}  # the same bytes have the same id
        digests = set(numbers)
        taken_back = {row[2]: row[3] for row in own if row[5] == WITHDRAWN} if self._source.by_submitter else {}
        again: list[int] = []
        self._siblings = {row[0] for row in held}
        entering: list[_Entering] = []
        for place, body, seen in looked:
            if seen.sha256 in digests:
                outcomes[place] = Outcome(seen.stix_id, "", "duplicate")
                if seen.sha256 in numbers:
                    self._numbers[seen.sha256] = numbers[seen.sha256]
                if seen.sha256 in taken_back:
                    again.append(taken_back.pop(seen.sha256))
                continue
            try:
                reading = seen.reading or self._reader.read(body, seen.sha256)
            except RecordRejected as exc:
                outcomes[place] = self._quarantine(founds[place], exc.reason, exc.path, now, seen.stix_id)
                continue
            digests.add(seen.sha256)
            entering.append(_Entering(place, body, seen, reading))
        if again:
            keeping.restore_records(tx, again)
            unplace(self._node.store, tx, again, now)
        return entering

    def _looked_at(
        self, founds: Sequence[Found], ahead: Sequence[Seen | None], outcomes: list[Outcome | None], now: Instant
    ) -> list[tuple[int, bytes, Seen]]:
        """Give (place, bytes, what it is looked up by) of all that can be; the rest is quarantined."""
        looked: list[tuple[int, bytes, Seen]] = []
        for place, (found, known) in enumerate(zip(founds, ahead, strict=True)):
            if found.body is None:
                outcomes[place] = self._quarantine(found, found.reason or "unreadable", found.path, now)
                continue
            seen = known or self._reader.look(found.body)
            if seen is None:
                outcomes[place] = self._explain(found, now)
                continue
            looked.append((place, found.body, seen))
        return looked

    def _explain(self, found: Found, now: Instant) -> Outcome:
        try:
            read_envelope(found.body or b"")
        except RecordRejected as exc:
            return self._quarantine(found, exc.reason, exc.path, now)
        return self._quarantine(found, "no-id", "$.id", now)

    def _learn_markings(
        self, tx: Connection, entering: list[_Entering], outcomes: list[Outcome | None], now: Instant
    ) -> None:
        """Read the batch's marking definitions before any object is classed by them; none may be redefined."""
        if self._known is None:
            self._known = markings_held(self._node, tx, self._source.party.no)
        rules = self._node.catalogue.markings
        for entry in [entry for entry in entering if entry.reading.type == "marking-definition"]:
            stix_id = entry.reading.stix_id
            if stix_id in STANDARD_MARKINGS:
                continue
            marking = read_marking(read_object(entry.body), rules)
            held = self._known.setdefault(stix_id, marking)
            self._classes = {}
            if held != marking:
                found = Found(body=entry.body, reason=None, path="$", size=len(entry.body))
                outcomes[entry.place] = self._quarantine(found, MARKING_REDEFINED, "$", now, stix_id)
                entering.remove(entry)

    def _classed(
        self, tx: Connection, entering: list[_Entering], outcomes: list[Outcome | None], now: Instant
    ) -> list[tuple[_Entering, Classed]]:
        """Class each object; what is above the node's ceiling is refused and its content not kept."""
        known = self._known if self._known is not None else {}
        classed: list[tuple[_Entering, Classed]] = []
        ceiling = self._node.settings.classification_ceiling
        for entry in entering:
            made, level = self._class(entry, known)
            if level > ceiling:
                # Not even a plain hash stays: it would let content be guessed.
                found = Found(body=None, reason=None, path="$", size=len(entry.body))
                seal = hmac.digest(self._node.keys.token_key, entry.body, "sha256")
                outcomes[entry.place] = self._quarantine(found, ABOVE_CEILING, "$", now, "", seal)
            else:
                classed.append((entry, made))
        return classed

    def _told_of(self, entry: _Entering) -> Told:
        return self._told[entry.place] if self._told else NOTHING_TOLD

    def _origin_of(self, told: Told) -> Origin:
        if told == NOTHING_TOLD:
            return self._origin
        return Origin(
            originator=told.originator or self._origin.originator,
            received_from=self._origin.received_from,
            default_tlp=self._source.default_tlp if told.default_tlp is None else told.default_tlp,
        )

    def _class(self, entry: _Entering, known: dict[str, Marking]) -> tuple[Classed, int]:
        """Class an object, and give its highest classification.

        Those without portions that agree in what classes look at share one answer.
        """
        reading, told = entry.reading, self._told_of(entry)
        if reading.granular or reading.stix_id in STANDARD_MARKINGS:
            made = classify(read_envelope(entry.body), self._origin_of(told), known, reading.personal)
            return made, made.classification
        alike = (reading.type, reading.marking_ids, reading.personal, told)
        found = self._classes.get(alike)
        if found is None:
            if len(self._classes) >= _MOST_REMEMBERED:
                self._classes = {}
            made = classify(read_envelope(entry.body), self._origin_of(told), known, reading.personal)
            found = self._classes[alike] = (made, made.classification)
        return found

    def _fill(
        self, tx: Connection, batch: Batch, classed: list[tuple[_Entering, Classed]], first: int, now: Instant
    ) -> JustKept:
        kinds = {id(made): made for _, made in classed}
        facts = {made.facts for made in kinds.values()} | {p.facts for made in kinds.values() for p in made.portions}
        by_key = keeping.class_numbers(tx, sorted(fact.key for fact in facts))
        numbers = {fact: by_key[fact.key] for fact in facts}
        rows = {which: self._row_of(made, numbers[made.facts], now) for which, made in kinds.items()}
        random = self._node.entropy(SALT_BYTES * len(classed))
        salts = [random[at : at + SALT_BYTES] for at in range(0, len(random), SALT_BYTES)]
        source_no, kept_ms = self._source.party.no, int(now)
        just_kept = JustKept(first, source_no, kept_ms, salts, [], [], {}, set())
        for i, (entry, made) in enumerate(classed):
            no, row, seen, reading = first + i, rows[id(made)], entry.seen, entry.reading
            flags, along = reading.flags | row.flags, reading.companion_keys
            batch.records.append(
                (
                    no, ITEM, source_no, seen.key, reading.stix_id, reading.type, reading.version, reading.version_us,
                    reading.spec, seen.sha256,
                    salts[i], row.class_no, flags, LIVE, reading.ref_keys, along, row.embargo_ms,
                    made.handling.expires, kept_ms, entry.body,
                )
            )  # fmt: skip
            just_kept.logged.append(reading.logged)
            if row.is_free:
                placeable = (no, seen.key, reading.type, row.class_no, flags, along, source_no)
                just_kept.free.append(Placeable._make(placeable))
            if reading.type in GATED_TYPES:
                just_kept.ends[no] = [key for key, role in reading.links if role == END]
            if reading.links:
                batch.links.extend([(key, no, role) for key, role in reading.links])
            if reading.values:
                batch.values.extend([(value, no, kind) for kind, value in reading.values])
            if seen.key in self._siblings:
                batch.siblings.append((seen.key,))
                just_kept.shared.add(seen.key)
            self._siblings.add(seen.key)
            if not row.is_plain:
                self._beside(batch, no, row, self._told_of(entry), numbers)
        return just_kept

    def _row_of(self, made: Classed, class_no: int, now: Instant) -> _Row:
        embargo = latest_embargo(made.handling.starts, self._source.embargo_ms, now)
        is_plain = not made.portions and not made.handling.unresolved
        is_due = embargo is not None or made.handling.expires is not None
        expires = made.handling.expires
        is_free = (embargo is None or embargo <= now) and (expires is None or expires > now)
        return _Row(made, class_no, PORTIONS if made.portions else 0, embargo, is_plain and not is_due, is_free)

    def _beside(self, batch: Batch, no: int, row: _Row, told: Told, classes: dict[ClassFacts, int]) -> None:
        """Add what stands beside a record because of how it was classed."""
        made, source_no = row.made, self._source.party.no
        for p in made.portions:
            batch.portions.append((no, p.marking_id, classes[p.facts], p.required))
        if made.handling.unresolved:
            batch.unresolved.extend((source_no, id_key(name), no) for name in made.handling.unresolved)
            batch.overrides.append((no, None, None, int(self._origin_of(told).default_tlp)))
        moments = {row.embargo_ms, made.handling.expires}
        batch.due.extend((moment, no) for moment in moments if moment is not None)

    def _bind_markings(self, tx: Connection, classed: list[tuple[_Entering, Classed]], first: int) -> None:
        """Bind each new definition to this source, and queue those objects that named it before it came.

        The sequencer classes them again, part by part. Until then each stands under a marking that cannot be read,
        which lets nothing out.
        """
        for no, (entry, _) in enumerate(classed, first):
            if entry.reading.type != "marking-definition" or entry.reading.stix_id in STANDARD_MARKINGS:
                continue
            source_no = self._source.party.no
            is_new = reclassing.bind_marking(tx, source_no, entry.reading.stix_id, no)
            if is_new and reclassing.is_waited_for(tx, source_no, entry.seen.key):
                keeping.mark(tx, "marking", source_no, no)

    def _quarantine(
        self,
        found: Found,
        reason: str,
        path: str,
        now: Instant,
        stix_id: str = "",
        seal: bytes | None = None,
    ) -> Outcome:
        shown = found.body if found.body is not None else f"{self._source.origin}#{found.path}".encode()
        self._refused.append(
            Refused(
                source_no=self._source.party.no,
                sha256=seal or hashlib.sha256(shown).digest(),
                reason=reason,
                path=path,
                size=found.size,
                origin=self._source.origin,
                at_ms=int(now),
                reader_version=READER_VERSION,
                body=found.body,
            )
        )
        return Outcome(stix_id, "", "quarantined", reason, path)


def markings_held(node: Node, tx: Connection, source_no: int) -> dict[str, Marking]:
    """Read the marking definitions that a source has sent."""
    rules = node.catalogue.markings
    held = reclassing.markings_of(tx, source_no)
    return {stix_id: read_marking(read_object(body), rules) for stix_id, body in held}
