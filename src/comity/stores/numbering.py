"""Keeps the queue of what waits for the sequencer, and whose turn it is to number."""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from comity.errors import Conflict
from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.tables import (
    numbers,
    queue,
    sequencer,
)

_NEW = "new"
_MARKS_AT_ONCE, _RECORDS_AT_ONCE = 100, 5000
_NO = bindparam("upto", type_=BigInteger)
_FIRST_MARKS = select(queue.c.no, queue.c.kind, queue.c.first_no, queue.c.last_no).order_by(queue.c.no)
_FIRST_MARKS = _FIRST_MARKS.limit(_MARKS_AT_ONCE)
_DONE = delete(queue).where(queue.c.no <= _NO)
_PLACE = (sequencer.c.name == "main", sequencer.c.epoch == bindparam("mine", type_=BigInteger))
_REACHED = select(sequencer.c.n).where(*_PLACE)
_BEFORE, _AFTER = bindparam("before", type_=BigInteger), bindparam("after", type_=BigInteger)
_MOVE = update(sequencer).where(*_PLACE, sequencer.c.n == _BEFORE).values(n=_AFTER)
_NUMBERED = insert(numbers)
_LAST = select(numbers.c.first_no + numbers.c.n_last - numbers.c.n_first).order_by(numbers.c.n_first.desc()).limit(1)


class Queued(NamedTuple):
    """What the queue asks for next, and what its numbers are; `no` is the last mark that asks for it.

    `new`, `again`: records, first to last. `view`: a reader. `anew`: item and reader. `fuller`: class and reader.
    `marking`: the source of a late definition and its record.
    """

    no: int
    kind: str
    first_no: int
    last_no: int


def next_queued(tx: Connection) -> Queued | None:
    """Give the oldest mark of the queue, together with those right behind it if they all tell of new records.

    What came in few at a time is so numbered and placed at once: a step costs about as much for one record as for ten.
    """
    marks = [Queued(*row) for row in rows_of(tx, _FIRST_MARKS)]
    if not marks:
        return None
    whole = marks[0]
    for mark in marks[1:]:
        follows = whole.kind == mark.kind == _NEW and mark.first_no == whole.last_no + 1
        if not follows or mark.last_no - whole.first_no >= _RECORDS_AT_ONCE:
            break
        whole = Queued(mark.no, _NEW, whole.first_no, mark.last_no)
    return whole


def done(tx: Connection, queued: Queued) -> None:
    """Take what was asked for off the queue; in the transaction in which it was looked at."""
    changed_by(tx, _DONE, upto=queued.no)


def put_behind(tx: Connection, queued: Queued) -> bool:
    """Let what cannot be done yet wait behind what can; False if nothing of another kind waits."""
    if tx.execute(select(queue.c.no).where(queue.c.kind != queued.kind).limit(1)).first() is None:
        return False
    changed_by(tx, _DONE, upto=queued.no)
    tx.execute(insert(queue).values(kind=queued.kind, first_no=queued.first_no, last_no=queued.last_no))
    return True


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
    row = row_of(tx, _REACHED, mine=epoch)
    if row is None:
        raise Conflict("another sequencer has taken over")
    n = int(row[0])
    if changed_by(tx, _MOVE, mine=epoch, before=n, after=n + count) != 1:
        raise Conflict("another sequencer has taken over")
    if count:
        changed_by(tx, _NUMBERED, n_first=n + 1, n_last=n + count, first_no=first_no)
    return n + count


def last_numbered(tx: Connection) -> int:
    """Give the highest record number that the sequencer has numbered."""
    row = row_of(tx, _LAST)
    return 0 if row is None else int(row[0])
