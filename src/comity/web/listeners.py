"""Holds how many pages listen for what is stale: a few for each person, a bounded number in all, none once it ends."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from comity.errors import Busy

MOST_OF_ONE, MOST = 4, 200


class Listeners:
    """Pages that listen, by the number of the account. State kept consistent: used from the event loop only."""

    def __init__(self) -> None:
        self._listening: Counter[int] = Counter()
        self._closed = asyncio.Event()

    @contextmanager
    def listening(self, account_no: int) -> Iterator[None]:
        """Count a page as long as the block goes on.

        Raises:
            Busy: this person, or all together, have as many as there may be.
        """
        self.must_have_room(account_no)
        self._listening[account_no] += 1
        try:
            yield
        finally:
            self._listening[account_no] -= 1
            self._listening += Counter()  # without those that are at nothing

    def must_have_room(self, account_no: int) -> None:
        """Refuse one page too many.

        Raises:
            Busy: this person, or all together, have as many as there may be.
        """
        if self._listening[account_no] >= MOST_OF_ONE or self._listening.total() >= MOST or self._closed.is_set():
            raise Busy("too many pages listen")

    async def rest(self, seconds: float) -> bool:
        """Wait for a while; True if all is to end."""
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """End every page's listening."""
        self._closed.set()
