"""Finds by which signed set of its originator a record can be shown to others."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from comity.stores.federation_tables import held_sets, provenance
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.tables import parties


class ShownBy(NamedTuple):
    """Where a record's leaf stands, and what opens it."""

    set_no: int
    place: int
    salt: bytes


class HeldSet(NamedTuple):
    """A signed set with what is known of its tree."""

    size: int
    known: bytes
    envelope: bytes


def shown_by(tx: Connection, nos: Sequence[int]) -> dict[int, ShownBy]:
    """Give the place of each of these records in a signed set, where it has one that can be opened."""
    p, found = provenance.c, dict[int, ShownBy]()
    for start in range(0, len(nos), KEYS_AT_ONCE):
        rows = tx.execute(
            select(p.record_no, p.set_no, p.place, p.salt).where(
                p.record_no.in_(nos[start : start + KEYS_AT_ONCE]),
                p.set_no.is_not(None),
                p.place.is_not(None),
                p.salt.is_not(None),
            )
        )
        found.update({row[0]: ShownBy(row[1], row[2], bytes(row[3])) for row in rows})
    return found


def sets_numbered(tx: Connection, set_nos: Iterable[int]) -> dict[int, HeldSet]:
    """Give signed sets by their numbers."""
    wanted, found = sorted(set(set_nos)), dict[int, HeldSet]()
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        rows = tx.execute(
            select(held_sets.c.no, held_sets.c.size, held_sets.c.known, held_sets.c.envelope).where(
                held_sets.c.no.in_(wanted[start : start + KEYS_AT_ONCE])
            )
        )
        found.update({row[0]: HeldSet(row[1], bytes(row[2]), bytes(row[3])) for row in rows})
    return found


def signer_of(tx: Connection, record_no: int) -> str | None:
    """Give the party in whose signed set a record stands; None if it stands in none."""
    query = (
        select(parties.c.name)
        .select_from(provenance)
        .join(held_sets, held_sets.c.no == provenance.c.set_no)
        .join(parties, parties.c.no == held_sets.c.party_no)
        .where(provenance.c.record_no == record_no)
    )
    return tx.execute(query).scalar()
