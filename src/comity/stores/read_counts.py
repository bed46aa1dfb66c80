"""Counts what readers fetch over TAXII, and notes the sums in the audit: a line for each reader, collection, minute.

Duties: counting waits for nobody and touches no disk. What was counted is handed over to be written within a minute or
so, and when the store is closed; a crash loses that. Concurrency: many threads count, a timer's or a closing one hands
over.
"""

import threading
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from comity.stores.reads import ReadLine

if TYPE_CHECKING:
    from comity.stores.opening import Store

VERB = "taxii read"
MINUTE_MS, HAND_OVER_AFTER_S = 60_000, 60.0
MOST_KEYS = 5_000  # sums held at once; beyond it they are handed over at once


class _Key(NamedTuple):
    minute_ms: int
    user: str
    collection: str
    what: str


class ReadCounts:
    """The sums that are not handed over yet. State kept consistent: the sums, and the timer that will do it."""

    def __init__(self, after_s: float | None = HAND_OVER_AFTER_S) -> None:
        """`after_s`: seconds until what was counted is handed over; None: when the store is closed, or much is held."""
        self._after_s = after_s
        self._sums: dict[_Key, list[int]] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def count(self, store: "Store", at_ms: int, user: str, collection: str, what: str, found: int) -> None:
        """Count one answer with so many objects, versions or entries in it."""
        key = _Key(at_ms - at_ms % MINUTE_MS, user, collection, what)
        with self._lock:
            sums = self._sums.setdefault(key, [0, 0])
            sums[0] += 1
            sums[1] += found
            is_full = len(self._sums) > MOST_KEYS
            if self._after_s is not None and self._timer is None and not self._is_closed:
                self._timer = threading.Timer(self._after_s, self.hand_over, (store,))
                self._timer.daemon = True
                self._timer.start()
        if is_full:
            self.hand_over(store)

    def hand_over(self, store: "Store") -> None:
        """Let all that was counted be written soon."""
        with self._lock:
            sums, self._sums = self._sums, {}
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for key, (requests, found) in sorted(sums.items()):
            facts = {"collection": key.collection, "what": key.what, "requests": requests, "count": found}
            store.reads.note_soon(
                store, ReadLine(key.minute_ms, key.user, "taxii", VERB, msgspec.json.encode(facts).decode())
            )

    def close(self, store: "Store") -> None:
        """Hand over what is left, and begin no timer any more."""
        self._is_closed = True
        self.hand_over(store)
