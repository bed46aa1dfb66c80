"""Keeps which acts speak of which items: what comes after an act, or is explained later, is found by it.

A key is that of an id (16 bytes), or the salted leaf by which one version was stated (32 bytes).
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, insert, select

from comity.stores.federation_tables import spoken_of
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import Store, many

OWN = 0  # in the place of a party's number: the acts of the node's own party
_INSERT = insert(spoken_of)


def note_spoken(store: Store, tx: Connection, party_no: int, record_no: int, keys: Iterable[bytes]) -> None:
    """Note that an act of a party speaks of these."""
    many(store, tx, _INSERT, [(party_no, key, record_no) for key in sorted(set(keys))])


def speaks(tx: Connection, party_no: int) -> bool:
    """Do acts of a party speak of anything? Those of most speak of nothing: this is cheaper than to look for it."""
    s = spoken_of.c
    return tx.execute(select(s.record_no).where(s.party_no == party_no).limit(1)).first() is not None


def acts_on(tx: Connection, party_no: int, keys: Collection[bytes]) -> dict[int, set[bytes]]:
    """Give the acts of a party that speak of any of these, in their order, with those of these that each names."""
    s, found = spoken_of.c, dict[int, set[bytes]]()
    wanted = sorted(keys)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        which = (s.party_no == party_no, s.key.in_(wanted[start : start + KEYS_AT_ONCE]))
        for record_no, key in tx.execute(select(s.record_no, s.key).where(*which)):
            found.setdefault(record_no, set()).add(bytes(key))
    return dict(sorted(found.items()))
