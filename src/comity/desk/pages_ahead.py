"""Asks a peer for each next page while the one before it is kept, and lets a second process read what has come.

So the peer's work, the reading of items and ours go on beside each other: what can be done with a page before it is
kept is done by the thread that asks, while the one before it becomes durable. The second process is begun when a peer
gives page after full page, for one peer at a time: for less it is not worth while.
"""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from typing import TypeVar

from comity.desk.cpu_share import cpus_to_use
from comity.desk.meanwhile import Meanwhile
from comity.desk.reading_ahead import Ahead, OtherProcess
from comity.records.personal import PersonalRule
from comity.wire.taxii_client import Page

FULL_PAGES = 2  # after so many the second process begins

_ONE_AT_A_TIME = threading.Lock()


T = TypeVar("T")


class PagesAhead:
    """Pages of one peer. State: how many were full, the second process, and whether it was given the page on its way.

    One thread asks for pages and another takes them, never at once: each page is waited for before the next is asked.
    """

    def __init__(self, rules: tuple[PersonalRule, ...], per_page: int) -> None:
        self._rules, self._per_page = rules, per_page
        self._full, self._is_given = 0, False
        self._other: OtherProcess | None = None

    def pages(
        self, pages: Iterator[Page], beside: Executor, enough: Callable[[int], bool], ready: Callable[[Page], T]
    ) -> Generator[tuple[Page, T, Ahead], None, None]:
        """Give every page, what `ready` made of it, and what of its objects was read meanwhile.

        Args:
            beside: what asks, in a thread of its own.
            enough: told how many pages came; whether the last of them is the last.
        """
        came = 0
        try:
            with beside, Meanwhile(self._made_ready(pages, ready), beside) as coming:
                coming.begin()
                while (taken := coming.next()) is not None:
                    page, made = taken
                    read = self._read(page)
                    came += 1
                    is_last = enough(came)
                    if not is_last:
                        coming.begin()
                    yield page, made, read
                    if is_last:
                        return
        finally:
            self._end()

    def _made_ready(self, pages: Iterator[Page], ready: Callable[[Page], T]) -> Iterator[tuple[Page, T]]:
        for page in pages:
            if page.more:
                self._full += len(page.found) >= self._per_page
                if self._full > FULL_PAGES:
                    self._give(page)
            yield page, ready(page)

    def _give(self, page: Page) -> None:
        if self._other is None:
            if cpus_to_use() < 2 or not _ONE_AT_A_TIME.acquire(blocking=False):
                return
            self._other = OtherProcess(self._rules)
            self._other.__enter__()
        self._other.give(page.found)
        self._is_given = True

    def _read(self, page: Page) -> Ahead:
        if self._other is None or not self._is_given:
            return ()
        self._is_given = False
        return self._other.take(len(page.found))

    def _end(self) -> None:
        if self._other is not None:
            self._other.__exit__(None, None, None)
            self._other = None
            _ONE_AT_A_TIME.release()
