"""Reads records with all that stands beside them, in the order of their numbers, for who compares it with the log."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from comity.stores.bulk import rows_of
from comity.stores.federation_tables import receipts, sent_acts, spoken_of
from comity.stores.log import FAMILIES
from comity.stores.tables import ACT, LIVE, links, queue, records, search_values

r = records.c
_FIRST, _LAST = bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)
_RECORDS = (
    select(
        records.c.no, records.c.family, records.c.source_no, records.c.stix_id, records.c.type, records.c.version,
        records.c.version_us, records.c.spec, records.c.sha256, records.c.kept_ms, records.c.salt, records.c.state,
        records.c.id_key, records.c.flags, records.c.ref_keys, records.c.companion_keys, records.c.body,
    )
    .where(records.c.no >= _FIRST, records.c.no <= _LAST)
    .order_by(records.c.no)
)  # fmt: skip
_LINKS = select(links.c.from_no, links.c.to_key, links.c.role).where(
    links.c.from_no >= _FIRST, links.c.from_no <= _LAST
)
_VALUES = select(search_values.c.record_no, search_values.c.kind, search_values.c.value).where(
    search_values.c.record_no >= _FIRST, search_values.c.record_no <= _LAST
)


class WholeRecord(NamedTuple):
    """A row of `records`; the names are the table's."""

    no: int
    family: int
    source_no: int
    stix_id: str
    type: str
    version: str
    version_us: int
    spec: int
    sha256: bytes
    kept_ms: int
    salt: bytes | None
    state: int
    id_key: bytes
    flags: int
    ref_keys: bytes | None
    companion_keys: bytes | None
    body: bytes | None

    @property
    def family_word(self) -> str:
        """The family as the log names it."""
        return FAMILIES[self.family == ACT]


class Beside(NamedTuple):
    """What derived tables hold of some records, by record number."""

    links: dict[int, set[tuple[bytes, int]]]
    values: dict[int, set[tuple[str, str]]]


def whole_records(tx: Connection, first_no: int, last_no: int) -> list[WholeRecord]:
    """Give the records from one number to another."""
    return [WholeRecord(*row) for row in rows_of(tx, _RECORDS, first=first_no, last=last_no)]


def beside(tx: Connection, first_no: int, last_no: int) -> Beside:
    """Give what derived tables hold of the records from one number to another."""
    found = Beside(defaultdict(set), defaultdict(set))
    for no, key, role in rows_of(tx, _LINKS, first=first_no, last=last_no):
        found.links[no].add((key, role))
    for no, kind, value in rows_of(tx, _VALUES, first=first_no, last=last_no):
        found.values[no].add((kind, value))
    return found


def acts_of_type(tx: Connection, kind: str) -> Iterator[tuple[int, bytes]]:
    """Give number and bytes of each act of a kind."""
    rows = tx.execute(select(r.no, r.body).where(r.class_no == 0, r.state == LIVE, r.family == ACT, r.type == kind))
    return ((row[0], bytes(row[1])) for row in rows)


class HeldAct(NamedTuple):
    """An act that other tables follow from."""

    no: int
    type: str
    source_no: int
    kept_ms: int
    body: bytes


def acts_in_order(tx: Connection, kinds: Sequence[str]) -> Iterator[HeldAct]:
    """Give the acts of some kinds by their numbers."""
    which = (r.class_no == 0, r.state == LIVE, r.family == ACT, r.type.in_(kinds), r.body.is_not(None))
    rows = tx.execute(select(r.no, r.type, r.source_no, r.kept_ms, r.body).where(*which).order_by(r.no))
    return (HeldAct(*row[:4], bytes(row[4])) for row in rows)


def receipt_rows(tx: Connection) -> Iterator[tuple[int, tuple[bytes, int, str, int]]]:
    """Give what `receipts` holds: the act's number with digest, party, level, time; by number."""
    q = receipts.c
    rows = tx.execute(select(q.record_no, q.of_sha256, q.party_no, q.level, q.at_ms).order_by(q.record_no))
    return ((row[0], (bytes(row[1]), row[2], row[3], row[4])) for row in rows)


def spoken_rows(tx: Connection) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Give what `spoken_of` holds: the act's number with party and key; by number."""
    s = spoken_of.c
    rows = tx.execute(select(s.record_no, s.party_no, s.key).order_by(s.record_no))
    return ((row[0], (row[1], bytes(row[2]))) for row in rows)


def sent_rows(tx: Connection) -> Iterator[tuple[int, int, bytes, int | None, bytes | None]]:
    """Give what `sent_acts` holds, with whose act each is and its bytes, if there is such an act; by number."""
    s = sent_acts.c
    joined = sent_acts.outerjoin(records, (r.no == s.record_no) & (r.family == ACT))
    rows = tx.execute(
        select(s.record_no, s.party_no, s.sha256, r.source_no, r.body).select_from(joined).order_by(s.record_no)
    )
    return ((row[0], row[1], bytes(row[2]), row[3], None if row[4] is None else bytes(row[4])) for row in rows)


def sent_before(tx: Connection, party_no: int, sha256: bytes, record_no: int) -> bool:
    """Was this act put in line for a party before the act of a number came?"""
    s = sent_acts.c
    which = (s.party_no == party_no, s.sha256 == sha256, s.record_no < record_no)
    return tx.execute(select(s.record_no).where(*which).limit(1)).first() is not None


def numbers_beyond(tx: Connection, last_no: int, limit: int) -> list[int]:
    """Give records beyond a number that nothing in the queue is going to number."""
    q = queue.c
    waiting = select(q.no).where(q.kind == "new", q.first_no <= r.no, q.last_no >= r.no).exists()
    return list(tx.execute(select(r.no).where(r.no > last_no, ~waiting).order_by(r.no).limit(limit)).scalars())


def waiting_beyond(tx: Connection, last_no: int) -> int:
    """Count the records beyond a number."""
    return int(tx.execute(select(func.count()).select_from(records).where(records.c.no > last_no)).scalar_one())


def derived_only(tx: Connection) -> dict[str, list[int]]:
    """Give, by table, records that derived tables name and that are not there."""
    found: dict[str, list[Any]] = {}
    for name, column in (("links", links.c.from_no), ("search_values", search_values.c.record_no)):
        orphan = ~select(records.c.no).where(records.c.no == column).exists()
        found[name] = list(tx.execute(select(column).where(orphan).distinct().limit(100)).scalars())
    return found
