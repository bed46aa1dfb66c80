"""Keeps statements of deliveries: those made for readers, and those held from peers with what they vouch for."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, bindparam, exists, func, insert, select, update

from comity.records.sets import joined
from comity.stores.bulk import row_of, rows_of, rows_under
from comity.stores.federation_tables import held_sets, held_statements, peers, provenance, receipts, statements
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import Store, many
from comity.stores.release_tables import deliveries, views
from comity.stores.streams import StreamNo
from comity.stores.tables import ITEM, parties, records
from comity.stores.trusting import ACCEPTED
from comity.values import Instant

PEER_ACCEPTED = ACCEPTED
_INSERT_RECEIPTS = insert(receipts)
_INSERT_PROVENANCE = insert(provenance)
_NOTED = select(provenance.c.record_no).where(provenance.c.record_no.in_(bindparam("keys", expanding=True)))
_SALTED = select(records.c.no, records.c.salt, records.c.sha256, records.c.source_no).where(
    records.c.no.in_(bindparam("keys", expanding=True)), records.c.salt.is_not(None)
)
_READER, _LIMIT = bindparam("reader", type_=Integer), bindparam("most", type_=Integer)
_HELD_OF = select(held_statements.c.seq, held_statements.c.sha256, held_statements.c.envelope).where(
    held_statements.c.stream_no == bindparam("stream", type_=Integer)
)
_HELD = _HELD_OF.where(held_statements.c.seq == bindparam("seq", type_=BigInteger))
_LAST_HELD = _HELD_OF.order_by(held_statements.c.seq.desc()).limit(1)
_PROVENANCES = select(provenance.c.record_no, provenance.c.grade, provenance.c.seq, provenance.c.leaf).where(
    provenance.c.record_no.in_(bindparam("keys", expanding=True))
)
_VISIBLE_SINCE = (
    select(deliveries.c.reader_no, func.min(deliveries.c.date_ms))
    .where(deliveries.c.reader_no.in_(select(views.c.reader_no)))  # named: the table is kept in the readers' order
    .where(deliveries.c.item_no == bindparam("item", type_=BigInteger))
    .group_by(deliveries.c.reader_no)
)
_BEHIND = (
    select(provenance.c.leaf, held_statements.c.envelope)
    .join(
        held_statements,
        (held_statements.c.stream_no == provenance.c.stream_no) & (held_statements.c.seq == provenance.c.seq),
    )
    .where(provenance.c.record_no == bindparam("at", type_=BigInteger))
)
_SAID = (receipts.c.of_sha256 == statements.c.sha256) & (receipts.c.party_no == statements.c.reader_no)
_UNACKNOWLEDGED = (
    select(parties.c.name, func.count(), func.min(statements.c.upto_ms))
    .select_from(statements.outerjoin(receipts, _SAID).join(parties, parties.c.no == statements.c.reader_no))
    .where(receipts.c.record_no.is_(None))
    .group_by(parties.c.name)
    .order_by(parties.c.name)
)
_DATE = bindparam("date", type_=BigInteger)
_STORED = (
    select(func.min(receipts.c.at_ms))
    .select_from(statements.join(receipts, _SAID))
    .where(statements.c.reader_no == _READER, statements.c.after_ms < _DATE, statements.c.upto_ms >= _DATE)
)
_RECEIPTS_OF = (
    select(parties.c.name, receipts.c.level, receipts.c.of_sha256, receipts.c.at_ms, records.c.type)
    .join(parties, parties.c.no == receipts.c.party_no)
    .outerjoin(records, records.c.no == receipts.c.record_no)
    .where(receipts.c.of_sha256.in_(bindparam("keys", expanding=True)))
    .order_by(receipts.c.at_ms)
)
_UPTO = func.coalesce(func.max(statements.c.upto_ms), -1)
_STATED = select(
    *(statements.c[name] for name in ("reader_no", "seq", "after_ms", "upto_ms", "sha256", "seed", "own", "envelope")),
    statements.c.set_envelope,
)
_LAST_STATED = _STATED.where(statements.c.reader_no == _READER).order_by(statements.c.seq.desc()).limit(1)
_NEXT_STATED = (
    _STATED.where(statements.c.reader_no == _READER, statements.c.upto_ms > bindparam("after", type_=BigInteger))
    .order_by(statements.c.upto_ms)
    .limit(bindparam("most", type_=Integer))
)
_LACKING = (
    select(views.c.reader_no, parties.c.name, views.c.view_id, views.c.last_ms)
    .join(parties, parties.c.no == views.c.reader_no)
    .join(peers, peers.c.party_no == views.c.reader_no)
    .outerjoin(statements, statements.c.reader_no == views.c.reader_no)
    .where(peers.c.state == PEER_ACCEPTED)
    .group_by(views.c.reader_no, parties.c.name, views.c.view_id, views.c.last_ms)
    .having(views.c.last_ms > _UPTO)
    .order_by(_UPTO, views.c.reader_no)
)
_UNSTATED = (
    select(
        deliveries.c.date_ms, records.c.no, records.c.class_no, records.c.source_no, records.c.salt, records.c.sha256
    )
    .join(records, records.c.no == deliveries.c.item_no)
    .where(deliveries.c.reader_no == _READER, deliveries.c.date_ms > bindparam("after", type_=BigInteger))
    .where(records.c.family == ITEM, records.c.salt.is_not(None))
    .order_by(deliveries.c.date_ms)
    .limit(_LIMIT)
)


class Stated(NamedTuple):
    """A statement made for a reader."""

    reader_no: int
    seq: int
    after_ms: int
    upto_ms: int
    sha256: bytes
    seed: bytes
    own: bytes  # one byte for each leaf: 1 if it is signed in the set
    envelope: bytes
    set_envelope: bytes | None


class Unstated(NamedTuple):
    """A delivery that no statement covers yet."""

    date_ms: int
    item_no: int
    class_no: int
    source_no: int
    salt: bytes
    sha256: bytes


class Salted(NamedTuple):
    """What opens a record's leaf."""

    no: int
    salt: bytes
    sha256: bytes
    source_no: int


class PeerReader(NamedTuple):
    """A reader whose party's root key this node has accepted: it gets statements."""

    reader_no: int
    party: str
    view_id: str
    last_ms: int


class HeldStatement(NamedTuple):
    """A statement received."""

    seq: int
    sha256: bytes
    envelope: bytes


class ProvenanceRow(NamedTuple):
    """By what a record came: statement, leaf, grade, and its place in a signed set. The order is the table's."""

    record_no: int
    stream_no: StreamNo
    seq: int
    leaf: int
    grade: str
    set_no: int | None
    place: int | None
    salt: bytes | None = None


class ReceiptRow(NamedTuple):
    """What a party acknowledged."""

    party: str
    level: str
    of_sha256: bytes
    at_ms: int
    kind: str  # of the act by which it was said


def peer_readers(tx: Connection) -> list[PeerReader]:
    """Give the readers that get statements."""
    rows = tx.execute(
        select(views.c.reader_no, parties.c.name, views.c.view_id, views.c.last_ms)
        .join(parties, parties.c.no == views.c.reader_no)
        .join(peers, peers.c.party_no == views.c.reader_no)
        .where(peers.c.state == PEER_ACCEPTED)
        .order_by(views.c.reader_no)
    )
    return [PeerReader(*row) for row in rows]


def lacking_readers(tx: Connection) -> list[PeerReader]:
    """Give the readers of whose streams something is not stated yet, who waits longest first."""
    return [PeerReader(*row) for row in rows_of(tx, _LACKING)]


def last_stated(tx: Connection, reader_no: int) -> Stated | None:
    """Give the last statement made for a reader."""
    row = row_of(tx, _LAST_STATED, reader=reader_no)
    return None if row is None else _stated(row)


def stated_at(tx: Connection, reader_no: int, seq: int) -> Stated | None:
    """Give a statement made for a reader by its number."""
    row = tx.execute(_STATED.where(statements.c.reader_no == reader_no, statements.c.seq == seq)).first()
    return None if row is None else _stated(row)


def first_unacknowledged(tx: Connection, reader_no: int) -> int:
    """Give the number of the first statement that a reader has not acknowledged; the next one's, if it has all."""
    known = exists().where(receipts.c.of_sha256 == statements.c.sha256, receipts.c.party_no == reader_no)
    lacking = select(func.min(statements.c.seq)).where(statements.c.reader_no == reader_no, ~known)
    no = tx.execute(lacking).scalar()
    if no is not None:
        return int(no)
    last = last_stated(tx, reader_no)
    return 1 if last is None else last.seq + 1


def unstated(tx: Connection, reader_no: int, after_ms: int, limit: int) -> list[Unstated]:
    """Give the next deliveries after a date, in its order."""
    rows = rows_of(tx, _UNSTATED, reader=reader_no, after=after_ms, most=limit)
    return [Unstated._make((*row[:4], bytes(row[4]), bytes(row[5]))) for row in rows]


def state(tx: Connection, made: Stated) -> None:
    """Keep a statement that was made."""
    tx.execute(insert(statements).values(made._asdict()))


def next_stated(tx: Connection, reader_no: int, after_ms: int, limit: int = 1) -> list[Stated]:
    """Give the first statements that reach beyond a date."""
    return [_stated(row) for row in rows_of(tx, _NEXT_STATED, reader=reader_no, after=after_ms, most=limit)]


def _stated(row: Sequence[Any]) -> Stated:
    return Stated._make((*row[:4], *map(bytes, row[4:8]), None if row[8] is None else bytes(row[8])))


def salted(tx: Connection, nos: Sequence[int]) -> dict[int, Salted]:
    """Give what opens the leaves of these records."""
    rows = rows_under(tx, _SALTED, nos)
    return {row[0]: Salted(row[0], bytes(row[1]), bytes(row[2]), row[3]) for row in rows}


def held_statement(tx: Connection, stream_no: StreamNo, seq: int | None = None) -> HeldStatement | None:
    """Give a statement held from a peer by its number, or the last one."""
    row = (
        row_of(tx, _LAST_HELD, stream=int(stream_no))
        if seq is None
        else row_of(tx, _HELD, stream=int(stream_no), seq=seq)
    )
    return None if row is None else HeldStatement(row[0], bytes(row[1]), bytes(row[2]))


def held_envelopes(tx: Connection, stream_no: StreamNo) -> list[tuple[int, bytes]]:
    """Give (number, envelope) of every statement held of a stream, in their order."""
    h = held_statements
    rows = tx.execute(select(h.c.seq, h.c.envelope).where(h.c.stream_no == stream_no).order_by(h.c.seq))
    return [(row[0], bytes(row[1])) for row in rows]


def hold_statement(tx: Connection, stream_no: StreamNo, held: HeldStatement, missing: str, now: Instant) -> None:
    """Keep a statement of a peer, and which of its leaves came without an object."""
    tx.execute(insert(held_statements).values(stream_no=stream_no, at_ms=now, missing=missing, **held._asdict()))


def hold_set(tx: Connection, party_no: int, root: bytes, size: int, known: bytes, envelope: bytes) -> int | None:
    """Keep a signed set with what is known of its tree, beside what was known before; gives its number.

    None if one of this root is held with another size: whoever signed both tells two things by one root.
    """
    which = (held_sets.c.party_no == party_no, held_sets.c.root == root)
    row = tx.execute(select(held_sets.c.no, held_sets.c.known).where(*which)).first()
    if row is not None:
        if len(row[1]) != len(known):
            return None
        tx.execute(update(held_sets).where(held_sets.c.no == row[0]).values(known=joined(bytes(row[1]), known)))
        return int(row[0])
    made = tx.execute(
        insert(held_sets)
        .values(party_no=party_no, root=root, size=size, known=known, envelope=envelope)
        .returning(held_sets.c.no)
    )
    return int(made.scalar_one())


def note_provenance(store: Store, tx: Connection, rows: Iterable[ProvenanceRow]) -> None:
    """Note by what statement, leaf and set records came; the first word on a record stands."""
    given = list(rows)
    known = {row[0] for row in rows_under(tx, _NOTED, [row.record_no for row in given])}
    many(store, tx, _INSERT_PROVENANCE, [row for row in given if row.record_no not in known])


def provenance_of(tx: Connection, record_no: int) -> tuple[str, int, int] | None:
    """Give (grade, statement's number, leaf) of a record that came from a peer."""
    return provenances_of(tx, (record_no,)).get(record_no)


def provenances_of(tx: Connection, record_nos: Iterable[int]) -> dict[int, tuple[str, int, int]]:
    """Give the same of several records, of those that came from a peer."""
    return {row[0]: (row[1], row[2], row[3]) for row in rows_under(tx, _PROVENANCES, record_nos)}


class StatementBehind(NamedTuple):
    """The statement by which a record came, and the place of its leaf in it."""

    leaf: int
    envelope: bytes


def statement_behind(tx: Connection, record_no: int) -> StatementBehind | None:
    """Give the held statement by which a record came from a peer; None if it came otherwise."""
    row = row_of(tx, _BEHIND, at=record_no)
    return None if row is None else StatementBehind(row[0], bytes(row[1]))


def records_by_leaf(tx: Connection, stream_no: StreamNo, seq: int, leaves: Sequence[int]) -> list[int]:
    """Give the records that came by these leaves of a statement."""
    p, found = provenance.c, list[int]()
    for start in range(0, len(leaves), KEYS_AT_ONCE):
        which = (p.stream_no == stream_no, p.seq == seq, p.leaf.in_(leaves[start : start + KEYS_AT_ONCE]))
        found += tx.execute(select(p.record_no).where(*which).order_by(p.record_no)).scalars()
    return found


def missing_of(tx: Connection, stream_no: StreamNo, seq: int) -> set[int]:
    """Give the leaves of a held statement that have not come."""
    h = held_statements
    text = tx.execute(select(h.c.missing).where(h.c.stream_no == stream_no, h.c.seq == seq)).scalar_one()
    return set(map(int, text.split(","))) if text else set()


def note_missing(tx: Connection, stream_no: StreamNo, seq: int, missing: str) -> bool:
    """Note which leaves of a held statement still lack; False if they are the same as before."""
    h = held_statements
    which = (h.c.stream_no == stream_no, h.c.seq == seq, h.c.missing != missing)
    return bool(tx.execute(update(held_statements).where(*which).values(missing=missing)).rowcount)


def gapped_statements(tx: Connection, stream_no: StreamNo, limit: int) -> list[HeldStatement]:
    """Give the first statements of a stream of which leaves lack."""
    h = held_statements
    rows = tx.execute(
        select(h.c.seq, h.c.sha256, h.c.envelope)
        .where(h.c.stream_no == stream_no, h.c.missing != "")
        .order_by(h.c.seq)
        .limit(limit)
    )
    return [HeldStatement(row[0], bytes(row[1]), bytes(row[2])) for row in rows]


def missing_leaves(tx: Connection, stream_no: StreamNo) -> int:
    """Count what the statements of a stream list and did not bring."""
    h = held_statements
    rows = tx.execute(select(h.c.missing).where(h.c.stream_no == stream_no, h.c.missing != ""))
    return sum(row[0].count(",") + 1 for row in rows)


def note_receipts(store: Store, tx: Connection, rows: Sequence[tuple[int, bytes, int, str, int]]) -> None:
    """Note what parties acknowledged: (act's record, digest, party, level, milliseconds)."""
    many(store, tx, _INSERT_RECEIPTS, rows)


def receipts_of(tx: Connection, digests: Sequence[bytes]) -> list[ReceiptRow]:
    """Give who acknowledged any of these, and how."""
    rows = rows_under(tx, _RECEIPTS_OF, digests)
    return [ReceiptRow(row[0], row[1], bytes(row[2]), row[3], row[4] or "") for row in rows]


def stream_state(tx: Connection, reader_no: int) -> tuple[int, int]:
    """Give (statements made for a reader, those that it acknowledged as stored)."""
    made = int(
        tx.execute(select(func.count()).select_from(statements).where(statements.c.reader_no == reader_no)).scalar_one()
    )
    acknowledged = int(
        tx.execute(
            select(func.count(func.distinct(statements.c.seq)))
            .select_from(statements.join(receipts, receipts.c.of_sha256 == statements.c.sha256))
            .where(statements.c.reader_no == reader_no, receipts.c.party_no == reader_no)
        ).scalar_one()
    )
    return made, acknowledged


def unacknowledged(tx: Connection) -> list[tuple[str, int, int]]:
    """Give (party, statements that it has not acknowledged as stored, milliseconds of the oldest), by party."""
    return [(row[0], int(row[1]), int(row[2])) for row in rows_of(tx, _UNACKNOWLEDGED)]


def visible_since(tx: Connection, item_no: int) -> dict[int, int]:
    """Give the date at which a record became visible, by the number of each reader in whose view it stands."""
    return {int(row[0]): int(row[1]) for row in rows_of(tx, _VISIBLE_SINCE, item=item_no)}


def stored_at(tx: Connection, reader_no: int, date_ms: int) -> int | None:
    """Give when a reader acknowledged the statement that covers a delivery; None if it has not."""
    row = row_of(tx, _STORED, reader=reader_no, date=date_ms)
    return None if row is None or row[0] is None else int(row[0])
