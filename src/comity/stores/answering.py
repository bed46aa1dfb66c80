"""Finds what officers, of this node's party and of others, have said of items and acts."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from comity.stores.federation_tables import receipts
from comity.stores.keeping import KEYS_AT_ONCE
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


def latest_answers(tx: Connection, limit: int, party: str | None = None) -> list[Answer]:
    """Give what officers said, of one party or all, the newest first."""
    statement = _ANSWERS if party is None else _ANSWERS.where(parties.c.name == party)
    ordered = statement.order_by(receipts.c.record_no.desc(), receipts.c.of_sha256).limit(limit)
    return [Answer(*row[:2], bytes(row[2]), row[3], bytes(row[4])) for row in tx.execute(ordered)]


def answers_on(tx: Connection, digests: Sequence[bytes]) -> list[Answer]:
    """Give what officers said of any of these, in the order in which it came."""
    found: list[Answer] = []
    for start in range(0, len(digests), KEYS_AT_ONCE):
        rows = tx.execute(_ANSWERS.where(receipts.c.of_sha256.in_(digests[start : start + KEYS_AT_ONCE])))
        found += [Answer(*row[:2], bytes(row[2]), row[3], bytes(row[4])) for row in rows]
    return sorted(found)
