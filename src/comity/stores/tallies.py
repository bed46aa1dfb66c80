"""Remembers what was counted over all that is held, and when: such a count costs more the more there is.

What is counted quickly is never remembered, so a small node always shows what is; nor is what took somewhat long for
once, as the first time does. What takes long time and again is counted anew once it is `_REST` times as old as counting
took, so that at most so small a share of a core counts; who asks meanwhile gets the last count with its time, which has
to be shown beside it. Counts are the node's own and for its people alone: no reader's answer is made of them.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar, cast

from comity.values import Instant

_QUICK_S, _QUICK_ELSEWHERE_S = 0.005, 0.05  # of a processor; by the clock
_SLOW_S = 0.1  # remembered at the first time
_REST, _MOST_AGE_S = 50, 300.0
_MOST_KEPT = 1_000
Of = TypeVar("Of")


class Tally(NamedTuple, Generic[Of]):
    """What was counted; `at` is when, None if it was just now."""

    counted: Of
    at: Instant | None


class _Kept(NamedTuple):
    counted: Any
    at: Instant
    until_s: float  # of the process's clock: when it is to be counted again


class Tallies:
    """One for each store. State: the last count of each thing, and which are being counted."""

    def __init__(
        self, *, elsewhere: bool, ticks: Callable[[], float] = time.monotonic, quick_s: float | None = None
    ) -> None:
        """`elsewhere`: a server counts, so time as it passes tells and not the thread's. `ticks`: seconds.

        `quick_s`: what takes less is never remembered; by default 5 ms of a processor, or 50 ms of a server's time.
        """
        self._ticks = ticks
        self._timer = time.perf_counter if elsewhere else time.thread_time
        usual_s = _QUICK_ELSEWHERE_S if elsewhere else _QUICK_S
        self._quick_s = usual_s if quick_s is None else quick_s
        self._kept: dict[object, _Kept] = {}
        self._slow: set[object] = set()  # what took long when it was last counted
        self._busy: dict[object, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, thing: object, now: Instant, count: Callable[[], Of]) -> Tally[Of]:
        """Give what `count` gives, or gave not long ago; nobody waits for another's count where there is an earlier."""
        kept = self._kept.get(thing)
        if kept is not None and self._ticks() < kept.until_s:
            return Tally(cast("Of", kept.counted), kept.at)
        with self._lock:
            busy = self._busy.setdefault(thing, threading.Lock())
        if kept is None:
            busy.acquire()
        elif not busy.acquire(blocking=False):
            return Tally(cast("Of", kept.counted), kept.at)
        try:
            meanwhile = self._kept.get(thing)
            if meanwhile is not None and meanwhile is not kept:
                return Tally(cast("Of", meanwhile.counted), meanwhile.at)
            return Tally(self._count(thing, now, count), None)
        finally:
            busy.release()

    def _count(self, thing: object, now: Instant, count: Callable[[], Of]) -> Of:
        started = self._timer()
        counted = count()
        took_s = self._timer() - started
        with self._lock:
            if took_s < self._quick_s:
                self._kept.pop(thing, None)
                self._busy.pop(thing, None)
                self._slow.discard(thing)
                return counted
            if max(len(self._kept), len(self._slow), len(self._busy)) >= _MOST_KEPT:
                self._kept.clear()
                self._busy.clear()
                self._slow.clear()
            if took_s < _SLOW_S and thing not in self._slow:
                self._slow.add(thing)
            else:
                self._kept[thing] = _Kept(counted, now, self._ticks() + min(_MOST_AGE_S, took_s * _REST))
        return counted
