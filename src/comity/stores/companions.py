"""Keeps which companions – creators, markings, extensions – the items in each view name, and behind which gate."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Integer, bindparam, delete, insert, select

from comity.stores.bulk import rows_under
from comity.stores.opening import SqlRow, Store, many
from comity.stores.placeables import free
from comity.stores.release_tables import deliveries, wanted
from comity.stores.tables import FRAGILE, PORTIONS, records
from comity.values import Instant

KEY_BYTES = 16
_WANTED = select(wanted.c.key, wanted.c.gate_no).where(
    wanted.c.reader_no == bindparam("reader", type_=Integer), wanted.c.key.in_(bindparam("keys", expanding=True))
)
_INSERT_WANTED = insert(wanted)


def wish_key(key: bytes, source_no: int) -> bytes:
    """Give the key under which it is noted that a source's objects name an id as their companion."""
    return hashlib.sha256(key + source_no.to_bytes(4, "big")).digest()[:KEY_BYTES]


def want(store: Store, tx: Connection, reader_no: int, named: Mapping[bytes, Iterable[int]]) -> dict[bytes, list[int]]:
    """Note that objects behind these gates name companions, by wish key; gives all such gates of each."""
    gates: dict[bytes, set[int]] = {key: set() for key in named}
    for key, gate_no in rows_under(tx, _WANTED, named, reader=reader_no):
        gates[bytes(key)].add(gate_no)
    new: list[SqlRow] = [(reader_no, key, gate) for key in named for gate in sorted({*named[key]} - gates[key])]
    many(store, tx, _INSERT_WANTED, new)
    return {key: sorted(gates[key].union(named[key])) for key in named}


def wanted_gates(tx: Connection, reader_no: int, key: bytes) -> list[int]:
    """Give the gates behind which objects name this companion."""
    here = (wanted.c.reader_no == reader_no, wanted.c.key == key)
    return sorted(row[0] for row in tx.execute(select(wanted.c.gate_no).where(*here)))


def unwant(tx: Connection, reader_no: int, key: bytes, gate_no: int) -> None:
    """Forget that objects behind this gate name a companion."""
    tx.execute(delete(wanted).where(wanted.c.reader_no == reader_no, wanted.c.key == key, wanted.c.gate_no == gate_no))


def names_same(tx: Connection, reader_no: int, gate_no: int, source_no: int, keys: bytes) -> bool:
    """Is there an item of this source in the view behind this gate that names exactly these companions?"""
    row = tx.execute(
        select(records.c.no)
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(
            deliveries.c.reader_no == reader_no,
            deliveries.c.gate_no == gate_no,
            records.c.source_no == source_no,
            records.c.companion_keys == keys,
        )
        .limit(1)
    ).first()
    return row is not None


def companions_behind(tx: Connection, reader_no: int, gate_no: int, source_no: int) -> set[bytes]:
    """Give the keys of all companions that a source's items in the view behind a gate name."""
    rows = tx.execute(
        select(records.c.companion_keys)
        .distinct()
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(
            deliveries.c.reader_no == reader_no,
            deliveries.c.gate_no == gate_no,
            records.c.source_no == source_no,
            records.c.companion_keys.is_not(None),
        )
    )
    return {row[0][i : i + KEY_BYTES] for row in rows for i in range(0, len(row[0]), KEY_BYTES)}


def companions_in_class(tx: Connection, class_no: int, upto: int, now: Instant) -> list[tuple[int, bytes]]:
    """Give (source, keys): the companions that those items of a class name which `append_classes` places."""
    rows = tx.execute(
        select(records.c.source_no, records.c.companion_keys)
        .distinct()
        .where(
            records.c.class_no == class_no,
            records.c.companion_keys.is_not(None),
            records.c.no <= upto,
            records.c.flags.op("&")(PORTIONS | FRAGILE) == 0,
            *free(now),
        )
    )
    return [(row[0], bytes(row[1])) for row in rows]
