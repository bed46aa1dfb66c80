"""Holds what a person uploaded between the preview and the word to take it in: one for each, for half an hour.

Held in memory alone: nothing of it is on disk until it is taken in, and a restart forgets it.
"""

import secrets
from typing import NamedTuple

from comity.desk.take_in import TakeInRequest
from comity.values import Instant

HELD_FOR_MS = 30 * 60_000
MOST_HELD_BYTES = 256 * 1024 * 1024


class Draft(NamedTuple):
    """One upload; its key is also what makes taking it in twice have one effect. `objects`: as the preview counted."""

    key: str
    request: TakeInRequest
    until: Instant
    objects: int = 0


class Drafts:
    """Drafts by the number of the account. Holds a bounded number of bytes; the oldest goes first."""

    def __init__(self) -> None:
        self._held: dict[int, Draft] = {}

    def hold(self, account_no: int, request: TakeInRequest, now: Instant, objects: int = 0) -> Draft:
        """Hold an upload in the place of the person's last one."""
        self._held.pop(account_no, None)
        draft = Draft(secrets.token_hex(16), request, Instant(now + HELD_FOR_MS), objects)
        self._held[account_no] = draft
        while len(self._held) > 1 and self.size_bytes > MOST_HELD_BYTES:
            del self._held[next(iter(self._held))]
        return draft

    def find(self, account_no: int, key: str, now: Instant) -> Draft | None:
        """Give a person's own draft; None if it is another or too old."""
        self._held = {no: one for no, one in self._held.items() if one.until > now}
        draft = self._held.get(account_no)
        return draft if draft is not None and _is(draft.key, key) else None

    def drop(self, account_no: int) -> None:
        """Forget a person's draft."""
        self._held.pop(account_no, None)

    @property
    def size_bytes(self) -> int:
        """How many bytes are held."""
        return sum(len(one.request.body) for one in self._held.values())


def _is(kept: str, given: str) -> bool:
    """Compare in bytes: of two texts, the library takes ASCII alone."""
    return secrets.compare_digest(kept.encode(), given.encode("utf-8", "replace"))
