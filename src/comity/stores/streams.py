"""Keeps which streams of other parties this node has taken statements from, by giver and the stream's own name.

A stream is what its giver numbers: by which way its pages come, and under which address, does not matter to it.
"""

from typing import NamedTuple, NewType

from sqlalchemy import Connection, Integer, bindparam, func, insert, select

from comity.stores.bulk import rows_of
from comity.stores.federation_tables import held_streams

_OF_PARTY = (
    select(held_streams.c.no, held_streams.c.party_no, held_streams.c.stream)
    .where(held_streams.c.party_no == bindparam("party", type_=Integer))
    .order_by(held_streams.c.no)
)

StreamNo = NewType("StreamNo", int)


class HeldStream(NamedTuple):
    """A stream of a party. `name` is the id of the collection that carries it there."""

    no: StreamNo
    party_no: int
    name: str


def streams_of(tx: Connection, party_no: int) -> list[HeldStream]:
    """Give the streams of a party from which something was taken, in the order in which they began."""
    return [HeldStream(StreamNo(row[0]), row[1], row[2]) for row in rows_of(tx, _OF_PARTY, party=party_no)]


def stream_named(tx: Connection, party_no: int, name: str) -> HeldStream | None:
    """Give a stream by its giver and name; None if nothing was ever taken from it."""
    return next((one for one in streams_of(tx, party_no) if one.name == name), None)


def open_stream(tx: Connection, party_no: int, name: str) -> HeldStream:
    """Give a stream by its giver and name, entered if it is new."""
    held = stream_named(tx, party_no, name)
    if held is not None:
        return held
    no = int(tx.execute(select(func.coalesce(func.max(held_streams.c.no), 0))).scalar_one()) + 1
    tx.execute(insert(held_streams).values(no=no, party_no=party_no, stream=name))
    return HeldStream(StreamNo(no), party_no, name)
