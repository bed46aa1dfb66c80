"""Notes in the audit what was read, many readers' lines in one transaction, and forgets it when its time is over.

Duties: each line is written once, in the order of coming. `note` waits for the disk for a moment only: on a quiet one
the line is durable when it returns, on a busy one soon after, and a crash until then loses it. `flush` waits to the
end, and closing a store does. Concurrency: one thread writes, for as long as there is something to write.
"""

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from comity.errors import ComityError
from comity.stores.tables import audit
from comity.values import Instant

if TYPE_CHECKING:
    from comity.stores.opening import Store

FORGOTTEN_AT_ONCE = 5_000
WAIT_S = 0.02
MOST_WAITING = 10_000  # beyond it readers wait for the disk
_IDLE_S = 0.5
log = logging.getLogger("comity.audit")


class ReadLine(NamedTuple):
    """One line: who read what, by which door; never content."""

    at_ms: int
    actor: str
    via: str
    verb: str
    facts: str


class ReadNotes:
    """The lines that wait to be written. State kept consistent: how many came, and how many of them are settled."""

    def __init__(self) -> None:
        self._waiting: list[ReadLine] = []
        self._change = threading.Condition()
        self._came = self._settled = 0
        self._is_writing = False
        self.forgotten_ms = 0  # when lines were last dropped

    def note(self, store: "Store", line: ReadLine) -> None:
        """Take a line to be written, and wait a moment for it."""
        with self._change:
            mine = self._take(store, line)
            patience = None if len(self._waiting) > MOST_WAITING else WAIT_S
            self._change.wait_for(lambda: self._settled >= mine, patience)

    def note_soon(self, store: "Store", line: ReadLine) -> None:
        """Take a line to be written, and wait for nothing."""
        with self._change:
            self._take(store, line)

    def _take(self, store: "Store", line: ReadLine) -> int:
        self._waiting.append(line)
        self._came += 1
        if not self._is_writing:
            self._is_writing = True
            threading.Thread(target=self._write_all, args=(store,), name="reads", daemon=True).start()
        self._change.notify_all()
        return self._came

    def flush(self) -> None:
        """Wait until all that came is written, or has failed."""
        with self._change:
            upto = self._came
            self._change.wait_for(lambda: self._settled >= upto)

    def _write_all(self, store: "Store") -> None:
        try:
            while self._write_some(store):
                pass
        except BaseException:
            with self._change:
                self._is_writing = False  # the next line begins anew
            raise

    def _write_some(self, store: "Store") -> bool:
        """Write what waits; False once nothing has come for a while, and nobody writes any more."""
        with self._change:
            if not self._change.wait_for(lambda: self._waiting, _IDLE_S):
                self._is_writing = False
                return False
            batch, self._waiting = self._waiting, []
        try:
            with store.write() as tx:
                tx.execute(insert(audit), [one._asdict() for one in batch])
        except ComityError:
            # A full disk must not make the node blind: what is held can be read, and the log says who did.
            said = [f"{one.verb} by {one.actor}" for one in batch]
            log.exception("readings could not be noted in the audit: %s", ", ".join(said[:100]))
        finally:
            with self._change:
                self._settled += len(batch)
                self._change.notify_all()
        return True


def forget_reads(tx: Connection, verbs: frozenset[str], before: Instant) -> int:
    """Drop lines of these verbs from before an instant, a bounded number at once; gives how many."""
    old = select(audit.c.no).where(audit.c.verb.in_(sorted(verbs)), audit.c.at_ms < before)
    found = [int(row[0]) for row in tx.execute(old.order_by(audit.c.no).limit(FORGOTTEN_AT_ONCE))]
    if found:
        # Lines of acts may stand between: they stay.
        here = (audit.c.verb.in_(sorted(verbs)), audit.c.no <= found[-1], audit.c.at_ms < before)
        tx.execute(delete(audit).where(*here))
    return len(found)
