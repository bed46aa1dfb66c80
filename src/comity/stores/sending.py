"""Keeps which acts of this node's party were put in line for whom, by the digest that a receipt would name."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Integer, and_, bindparam, func, insert, select

from comity.stores.bulk import rows_under
from comity.stores.federation_tables import receipts, sent_acts, statements
from comity.stores.tables import parties, records

ERASED = "erased"  # the level by which a node states that it has carried an erasure out

_PARTY = bindparam("party", type_=Integer)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_SENT = select(sent_acts.c.sha256).where(sent_acts.c.party_no == _PARTY, sent_acts.c.sha256.in_(_KEYS))
_STATED = select(statements.c.sha256).where(statements.c.reader_no == _PARTY, statements.c.sha256.in_(_KEYS))


def note_sent(tx: Connection, party_no: int, sha256: bytes, record_no: int) -> None:
    """Note that an act is on its way to a party; once is enough."""
    if sha256 not in known_to(tx, party_no, [sha256]):
        tx.execute(insert(sent_acts).values(party_no=party_no, sha256=sha256, record_no=record_no))


def known_to(tx: Connection, party_no: int, digests: Iterable[bytes]) -> set[bytes]:
    """Give which of these payloads were put in line for a party, or stated to it."""
    wanted = list(digests)
    known = (rows_under(tx, statement, wanted, party=party_no) for statement in (_SENT, _STATED))
    return {bytes(row[0]) for rows in known for row in rows}


def was_stated(tx: Connection, party_no: int, sha256: bytes) -> bool:
    """Is this the payload of a statement to a party?"""
    which = (statements.c.reader_no == party_no, statements.c.sha256 == sha256)
    return tx.execute(select(statements.c.sha256).where(*which).limit(1)).first() is not None


class Carried(NamedTuple):
    """An act that asks a party for something, and when it stated that this is done, if it has."""

    stix_id: str
    party: str
    envelope: bytes
    kept_ms: int
    done_ms: int | None


def carried_out(tx: Connection, kind: str, level: str) -> list[Carried]:
    """Give the acts of a kind that were sent, by receiver, with the last statement of this level that answers each."""
    s, q = sent_acts.c, receipts.c
    answers = and_(q.of_sha256 == s.sha256, q.party_no == s.party_no, q.level == level)
    last = select(func.max(q.at_ms)).where(answers).scalar_subquery()
    rows = tx.execute(
        select(records.c.stix_id, parties.c.name, records.c.body, records.c.kept_ms, last)
        .select_from(sent_acts)
        .join(records, records.c.no == s.record_no)
        .join(parties, parties.c.no == s.party_no)
        .where(records.c.type == kind)
        .order_by(s.record_no, s.party_no)
    )
    return [Carried(row[0], row[1], bytes(row[2]), row[3], row[4]) for row in rows]
