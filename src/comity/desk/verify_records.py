"""Finds which column of which record differs from what the log has committed to, and from what follows from its bytes.

An entry is one commitment to all covered columns, so it tells that something differs and not what. What: each column is
tried at the value that it should have by the record's own bytes, by its neighbours or by the parties there are; the one
with which the entry fits is the one that was changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from sqlalchemy import Connection

from comity.desk.derive import derive
from comity.desk.verify_tree import Found
from comity.errors import RecordRejected
from comity.records import codec
from comity.records.dsse import unverified_payload
from comity.records.envelope import SPEC_NUMBERS, Envelope, read_envelope
from comity.records.facts import facts_of_key
from comity.records.kinds.erasure import Erasure
from comity.records.log.entry import Covered, entry_of
from comity.records.stix import act_id
from comity.stores import checking, log, policies
from comity.stores.checking import Beside, WholeRecord
from comity.stores.tables import ERASED, ITEM, PORTIONS
from comity.values import id_key, instant

_AT_ONCE = 2048
_KEYS_REMEMBERED = 10_000
_NOTHING: frozenset[tuple[str, str] | tuple[bytes, int]] = frozenset()
_NAMED = {"family": "family", "source": "source_no"}


class RecordCheck:
    """Compares records with entries. State kept: names of parties, acts of erasure, keys met, what was counted."""

    def __init__(self, tx: Connection, began_no: int, own_party: str) -> None:
        self._tx, self._began_no = tx, began_no
        self._names = log.source_names(tx)
        self._sources = {own_party, *self._names.values()}
        for key in policies.class_keys(tx).values():
            self._sources.add(facts_of_key(key).received_from)
        self._erased = set(_erased_digests(tx))
        self._keys: dict[str, bytes] = {}
        self.records = self.erased = self.erased_before = self.last_no = 0

    def differences(self, first_no: int, entries: Sequence[bytes]) -> Iterator[Found]:
        """Compare records from a number on with their entries."""
        self.last_no = last_no = first_no + len(entries) - 1
        rows = {row.no: row for row in checking.whole_records(self._tx, first_no, last_no)}
        beside = checking.beside(self._tx, first_no, last_no)
        for no, entry in enumerate(entries, first_no):
            row = rows.get(no)
            if row is None:
                yield Found("records", str(no), "no", "the row is gone; the log has its entry")
            elif row.salt is None and row.state == ERASED:
                yield from self._of_erased(row, beside)
            else:
                yield from self._of_kept(row, entry, rows, beside)
        if len(self._keys) > _KEYS_REMEMBERED:
            self._keys = {}

    def _of_kept(self, row: WholeRecord, entry: bytes, rows: dict[int, WholeRecord], beside: Beside) -> Iterator[Found]:
        self.records += 1
        if row.salt is None:
            yield _found(row, "salt", "gone, and the record is not erased")
            return
        covered = log.covered_of(row[:11], self._names)
        fits = entry_of(row.salt, covered) == entry
        if not fits:
            column = self._changed_column(row, covered, entry, rows.values())
            yield _found(row, column, "not what the log has committed to")
        if row.state == ERASED or row.body is None:
            yield _found(row, "state" if row.body is not None else "body", "erased by no act")
            return
        envelope = _read(row)
        digest = sha256(row.body).digest() if envelope is None else envelope.sha256
        if digest != row.sha256:
            if fits:
                yield _found(row, "body", "not the bytes that were logged")
            return
        if row.id_key != id_key(row.stix_id):
            yield _found(row, "id_key", "not the key of its id")
        if envelope is not None:
            yield from _beside_differences(row, envelope, beside, self._key)

    def _key(self, name: str) -> bytes:
        """Give the key of an id that many records may name: an author's, a marking's."""
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = id_key(name)
        return key

    def _of_erased(self, row: WholeRecord, beside: Beside) -> Iterator[Found]:
        self.erased += 1
        if row.sha256 not in self._erased:
            if row.no > self._began_no:
                yield _found(row, "state", "erased by no act")
            self.erased_before += 1
        left = [name for name in ("body", "stix_id", "type", "version") if getattr(row, name)]
        for column in left:
            yield _found(row, column, "holds something although the record is erased")
        if beside.links.get(row.no):
            yield Found("links", str(row.no), "from_no", "an erased record has links")
        if beside.values.get(row.no):
            yield Found("search_values", str(row.no), "record_no", "an erased record has search values")

    def _changed_column(self, row: WholeRecord, covered: Covered, entry: bytes, around: Iterable[WholeRecord]) -> str:
        derived = _derived(row)
        tried: dict[str, set[str | int | bytes]] = {name: {value} for name, value in derived.items()}
        tried.setdefault("sha256", set()).add(sha256(row.body or b"").digest())
        tried["family"] = {"item", "act"}
        tried["source"] = set(self._sources)
        tried["spec"] = {20, 21}
        moments = {other.kept_ms for other in around} | {row.version_us // 1000}
        tried.setdefault("kept_ms", set()).update(moments)
        salt = row.salt or b""
        for name, values in tried.items():
            for value in values:
                changed = covered._replace(**{name: value})  # type: ignore[arg-type]  # a value is of its own column
                if entry_of(salt, changed) == entry:
                    if name == "source" and value not in self._names.values():
                        return "parties.name"
                    return _NAMED.get(name, name)
        odd = [name for name, value in derived.items() if getattr(covered, name) != value]
        return " and ".join(odd) if odd else "salt or kept_ms"


def _derived(row: WholeRecord) -> dict[str, str | int | bytes]:
    """Give what the covered columns should be by the record's own bytes, as far as these can be read."""
    try:
        if row.family == ITEM:
            envelope = read_envelope(row.body or b"")
            return {
                "stix_id": envelope.stix_id,
                "type": envelope.type,
                "version": envelope.version,
                "version_us": envelope.version_us,
                "spec": SPEC_NUMBERS[envelope.spec_version],
            }
        act = codec.decode(unverified_payload(row.body or b""))
    except RecordRejected:
        return {}
    made_ms = int(instant(act.at))
    known: dict[str, str | int | bytes] = {"version": act.at, "version_us": made_ms * 1000, "kept_ms": made_ms}
    if isinstance(act, codec.UnreadAct):
        return known | {"type": act.kind}
    return known | {"stix_id": act_id(act), "type": str(act.__struct_config__.tag)}


def _read(row: WholeRecord) -> Envelope | None:
    """Read an item; None for an act, and for what an earlier reading of ours kept and this one would not."""
    if row.family != ITEM:
        return None
    try:
        return read_envelope(row.body or b"")
    except RecordRejected:
        return None


def _beside_differences(
    row: WholeRecord, envelope: Envelope, beside: Beside, key: Callable[[str], bytes]
) -> Iterator[Found]:
    wanted = derive(envelope, key)
    if row.flags & ~PORTIONS != wanted.flags:
        yield _found(row, "flags", "do not follow from its bytes")
    if row.ref_keys != wanted.ref_keys:
        yield _found(row, "ref_keys", "do not follow from its bytes")
    if row.companion_keys != wanted.companion_keys:
        yield _found(row, "companion_keys", "do not follow from its bytes")
    if beside.links.get(row.no, _NOTHING) != set(wanted.links):
        yield Found("links", str(row.no), "to_key, role", "do not follow from the record's bytes")
    values = beside.values.get(row.no, _NOTHING)
    if values != set(wanted.values) and values != {one for one in wanted.values if "\0" not in "".join(one)}:
        yield Found("search_values", str(row.no), "kind, value", "do not follow from the record's bytes")


def _found(row: WholeRecord, column: str, how: str) -> Found:
    return Found("records", str(row.no), column, how)


def _erased_digests(tx: Connection) -> Iterator[bytes]:
    for _, body in checking.acts_of_type(tx, "x-comity-erasure"):
        try:
            act = codec.decode(unverified_payload(body))
        except RecordRejected:
            continue  # its own row is named
        if isinstance(act, Erasure):
            yield from map(bytes.fromhex, act.items)


def range_differences(
    tx: Connection, check: RecordCheck, size: int, numbered: int, step: Callable[[int], None]
) -> Iterator[Found]:
    """Go through the log range by range: none may be missing, overlap, or name records that another names."""
    at, next_no, count = 0, 1, 0
    for one in log.log_ranges_from(tx):
        if one.first_index != at:
            yield Found("log_ranges", str(one.first_index), "first_index", f"begins elsewhere than at {at}")
        at = one.first_index + one.length
        if one.first_no == log.PADDING:
            continue
        if one.first_no != next_no:
            yield Found("log_ranges", str(one.first_index), "first_no", f"begins elsewhere than with record {next_no}")
        next_no, count = one.first_no + one.length, count + one.length
        for begin in range(0, one.length, _AT_ONCE):
            entries = log.entries_of(tx, one.first_index + begin, min(_AT_ONCE, one.length - begin))
            yield from check.differences(one.first_no + begin, entries)
            step(one.first_index + begin + len(entries))
    if at != size:
        yield Found("log_ranges", str(at), "length", f"the ranges end at {at}, the log at {size}")
    if count != numbered:
        yield Found("logs", "main", "numbered", f"{numbered} records are numbered, {count} have entries")
    for no in checking.numbers_beyond(tx, next_no - 1, 100):
        yield Found("records", str(no), "no", "the log has no entry of it, and it waits for none")
    for table, orphans in checking.derived_only(tx).items():
        for no in orphans:
            yield Found(table, str(no), "record_no" if table == "search_values" else "from_no", "no such record")
