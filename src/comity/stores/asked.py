"""Keeps what other parties ask of this party: that an item of its own may go on to a third party."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, LargeBinary, bindparam, delete, func, insert, select, update

from comity.stores.bulk import row_of, rows_of
from comity.stores.release_tables import asked_releases
from comity.values import Instant

_A = asked_releases.c


_OPEN = select(func.count()).select_from(asked_releases).where(_A.closed_ms.is_(None))
_OPEN_OF = _OPEN.where(_A.party_no == bindparam("party", type_=Integer))


_ALL = select(asked_releases).order_by(_A.closed_ms.is_not(None), _A.record_no).limit(bindparam("most", type_=Integer))
_ON = _ALL.where(_A.item_key == bindparam("key", type_=LargeBinary))


class Asked(NamedTuple):
    """A request: the act's record, who asks, the key of the item's id, for whom; when it was answered, and how."""

    record_no: int
    party_no: int
    item_key: bytes
    reader: str
    asked_ms: int
    closed_ms: int | None
    is_granted: bool


def note_asked(tx: Connection, record_no: int, party_no: int, item_key: bytes, reader: str, now: Instant) -> None:
    """Note a request that is open from now on."""
    tx.execute(
        insert(asked_releases).values(
            record_no=record_no, party_no=party_no, item_key=item_key, reader=reader, asked_ms=int(now), granted=False
        )
    )


def forget_open(tx: Connection, party_no: int, item_key: bytes, reader: str) -> None:
    """Forget an open request: the party asks for the same by another act."""
    same = (_A.party_no == party_no, _A.item_key == item_key, _A.reader == reader, _A.closed_ms.is_(None))
    tx.execute(delete(asked_releases).where(*same))


def open_count(tx: Connection, party_no: int | None = None) -> int:
    """Count the open requests, of one party or of all."""
    row = row_of(tx, _OPEN) if party_no is None else row_of(tx, _OPEN_OF, party=party_no)
    return int(row[0]) if row else 0


def requests(tx: Connection, limit: int, *, item_key: bytes | None = None) -> list[Asked]:
    """Give requests, for one item or all: the open ones first, the oldest of them first."""
    rows = rows_of(tx, _ALL, most=limit) if item_key is None else rows_of(tx, _ON, most=limit, key=item_key)
    return [_asked(row) for row in rows]


def request_by(tx: Connection, record_no: int) -> Asked | None:
    """Give the request that an act made."""
    row = tx.execute(select(asked_releases).where(_A.record_no == record_no)).first()
    return None if row is None else _asked(row)


def decline(tx: Connection, record_no: int, now: Instant) -> None:
    """Note that a request is declined."""
    declined = update(asked_releases).where(_A.record_no == record_no, _A.closed_ms.is_(None))
    tx.execute(declined.values(closed_ms=int(now), granted=False))


def grant_open(
    tx: Connection, party_nos: Collection[int], item_key: bytes, readers: Collection[str], now: Instant
) -> None:
    """Note that what these parties ask for, on one item for these readers, is granted."""
    asked_for = (_A.party_no.in_(sorted(party_nos)), _A.item_key == item_key, _A.reader.in_(sorted(readers)))
    granted = update(asked_releases).where(*asked_for, _A.closed_ms.is_(None))
    tx.execute(granted.values(closed_ms=int(now), granted=True))


def _asked(row: Sequence[Any]) -> Asked:
    no, party_no, key, reader, asked_ms, closed_ms, is_granted = row
    return Asked(no, party_no, bytes(key), reader, asked_ms, closed_ms, bool(is_granted))
