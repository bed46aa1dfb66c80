"""Keeps which acts of this node's party were put in line for whom, by the digest that a receipt would name."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from comity.stores.federation_tables import sent_acts, statements
from comity.stores.keeping import KEYS_AT_ONCE


def note_sent(tx: Connection, party_no: int, sha256: bytes, record_no: int) -> None:
    """Note that an act is on its way to a party; once is enough."""
    if sha256 not in known_to(tx, party_no, [sha256]):
        tx.execute(insert(sent_acts).values(party_no=party_no, sha256=sha256, record_no=record_no))


def known_to(tx: Connection, party_no: int, digests: Iterable[bytes]) -> set[bytes]:
    """Give which of these payloads were put in line for a party, or stated to it."""
    wanted = list(digests)
    found: set[bytes] = set()
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        chunk = wanted[start : start + KEYS_AT_ONCE]
        acts = select(sent_acts.c.sha256).where(sent_acts.c.party_no == party_no, sent_acts.c.sha256.in_(chunk))
        stated = select(statements.c.sha256).where(statements.c.reader_no == party_no, statements.c.sha256.in_(chunk))
        found.update(bytes(row[0]) for query in (acts, stated) for row in tx.execute(query))
    return found
