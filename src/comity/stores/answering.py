"""Finds what officers, of this node's party and of others, have said of items and acts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, bindparam, select

from comity.stores.bulk import rows_of, rows_under
from comity.stores.federation_tables import receipts
from comity.stores.tables import parties, records

STORED = "stored"  # the level that a node says, and no officer


class Answer(NamedTuple):
    """What an officer said: of which digest, and the envelope of the act by which it was said."""

    record_no: int
    party: str
    of_sha256: bytes
    at_ms: int
    envelope: bytes


_ANSWERS = (
    select(receipts.c.record_no, parties.c.name, receipts.c.of_sha256, receipts.c.at_ms, records.c.body)
    .join(parties, parties.c.no == receipts.c.party_no)
    .join(records, records.c.no == receipts.c.record_no)
    .where(receipts.c.level != STORED, records.c.body.is_not(None))
)


_LATEST = _ANSWERS.order_by(receipts.c.record_no.desc(), receipts.c.of_sha256).limit(bindparam("most", type_=Integer))
_LATEST_OF = _LATEST.where(parties.c.name == bindparam("party"))
_ANSWERS_ON = _ANSWERS.where(receipts.c.of_sha256.in_(bindparam("keys", expanding=True)))


def latest_answers(tx: Connection, limit: int, party: str | None = None) -> list[Answer]:
    """Give what officers said, of one party or all, the newest first."""
    rows = rows_of(tx, _LATEST, most=limit) if party is None else rows_of(tx, _LATEST_OF, most=limit, party=party)
    return list(map(_answer, rows))


def answers_on(tx: Connection, digests: Sequence[bytes]) -> list[Answer]:
    """Give what officers said of any of these, in the order in which it came."""
    rows = rows_under(tx, _ANSWERS_ON, digests)
    return sorted(map(_answer, rows))


def _answer(row: Sequence[Any]) -> Answer:
    record_no, party, of, at_ms, envelope = row
    return Answer(record_no, party, bytes(of), at_ms, bytes(envelope))
