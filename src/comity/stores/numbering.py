"""Keeps the queue of what waits for the sequencer, and whose turn it is to number."""

from typing import NamedTuple

from sqlalchemy import (
    Connection,
    delete,
    insert,
    select,
    update,
)

from comity.errors import Conflict
from comity.stores.tables import (
    numbers,
    queue,
    sequencer,
)


class Queued(NamedTuple):
    """One mark of the queue, and what its numbers are.

    `new`, `again`: records, first to last. `view`: a reader. `anew`: item and reader. `fuller`: class and reader.
    `marking`: the source of a late definition and its record.
    """

    no: int
    kind: str
    first_no: int
    last_no: int


def next_queued(tx: Connection) -> Queued | None:
    """Give the oldest mark of the queue."""
    row = tx.execute(select(queue).order_by(queue.c.no).limit(1)).first()
    return None if row is None else Queued(*row)


def done(tx: Connection, queued: Queued) -> None:
    """Take a mark off the queue."""
    tx.execute(delete(queue).where(queue.c.no == queued.no))


def seize(tx: Connection, epoch: int) -> None:
    """Become the sequencer: writers with an older epoch are fenced off from now on."""
    row = tx.execute(select(sequencer.c.epoch).where(sequencer.c.name == "main")).first()
    if row is None:
        tx.execute(insert(sequencer).values(name="main", n=0, epoch=epoch))
    else:
        tx.execute(update(sequencer).where(sequencer.c.name == "main").values(epoch=epoch))


def epoch_now(tx: Connection) -> int:
    """Give the epoch of the present sequencer, 0 if there was none yet."""
    row = tx.execute(select(sequencer.c.epoch).where(sequencer.c.name == "main")).first()
    return 0 if row is None else int(row[0])


def number(tx: Connection, epoch: int, first_no: int, count: int) -> int:
    """Number `count` records from `first_no` on; gives the last number.

    Raises:
        Conflict: another sequencer has taken over.
    """
    row = tx.execute(select(sequencer.c.n).where(sequencer.c.name == "main", sequencer.c.epoch == epoch)).first()
    if row is None:
        raise Conflict("another sequencer has taken over")
    n = int(row[0])
    moved = tx.execute(
        update(sequencer)
        .where(sequencer.c.name == "main", sequencer.c.n == n, sequencer.c.epoch == epoch)
        .values(n=n + count)
    )
    if moved.rowcount != 1:
        raise Conflict("another sequencer has taken over")
    if count:
        tx.execute(insert(numbers).values(n_first=n + 1, n_last=n + count, first_no=first_no))
    return n + count


def last_numbered(tx: Connection) -> int:
    """Give the highest record number that the sequencer has numbered."""
    row = tx.execute(
        select(numbers.c.first_no + numbers.c.n_last - numbers.c.n_first).order_by(numbers.c.n_first.desc()).limit(1)
    ).first()
    return 0 if row is None else int(row[0])
