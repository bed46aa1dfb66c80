"""Says which receipts wait for a party whose files are taken in, so that they come to it and do not pile up.

Not a verb. A receipt that goes by a file is never acknowledged itself. That it has arrived is seen by what the party
still sends: whoever has a receipt sends what it names no more. One that is given up too soon does no harm: its party
sends anew what it knows no receipt of, and gets another.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.send_acts import acknowledge
from comity.records import codec, dsse
from comity.records.kinds import Receipt
from comity.stores import keeping, work
from comity.values import Instant

MOST_LOOKED_AT = 10_000


class OwedReceipts:
    """The receipts owed for one file. Kept consistent: what those in line name, and what the file has shown."""

    def __init__(self, node: Node, tx: Connection, party: str) -> None:
        self._node, self._party = node, party
        self._lines = {
            message: _named(tx, int(payload))
            for message, payload in work.waiting_for(tx, party, work.RECEIPT_MESSAGE, MOST_LOOKED_AT)
        }
        self._covered = {name for named in self._lines.values() for name in named}
        self._shown = set[str]()

    def owe(self, tx: Connection, digests: Sequence[str], now: Instant) -> None:
        """Acknowledge what a page brought, but for what a receipt in line acknowledges already."""
        fresh = [name for name in digests if name not in self._covered]
        acknowledge(self._node, tx, self._party, fresh, now)
        self._covered.update(fresh)
        self._shown.update(digests)

    def drop_arrived(self, tx: Connection) -> None:
        """Take out of the line what the file shows to have arrived: nothing that it names was sent again."""
        for message, named in self._lines.items():
            if self._shown.isdisjoint(named):
                work.finish(tx, "outbox", message)


def _named(tx: Connection, record_no: int) -> frozenset[str]:
    held = keeping.held_record(tx, record_no)
    act = None if held is None or held.body is None else codec.decode(dsse.unverified_payload(held.body))
    return frozenset(act.of) if isinstance(act, Receipt) else frozenset()
