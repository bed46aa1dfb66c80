"""Makes what is signed in the name of two persons twice, byte for byte: once to be shown, once to be kept.

The first time everything is undone and what would have been signed is remembered. The second time each payload must be
the one that was approved, and none may be lacking; each is kept with its approval in it. To come out the same, both
draw their random bytes from one seed and state the instant at which was asked.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.errors import Conflict
from comity.records.approvals import ApprovedBy, Assertion, Laid, approval_of, with_approvals
from comity.values import Instant, iso


class Undone(Exception):
    """Ends the first making's transaction so that nothing of it is kept."""


class Decision(NamedTuple):
    """What was approved, how and in which role; `confirm` notes it in the transaction of the act itself, or raises."""

    payloads: Sequence[bytes]
    laid: Laid
    by: ApprovedBy
    role: str
    at: Instant
    assertion: Assertion | None
    confirm: Callable[[Connection, Instant], None]


class Making:
    """One making. State kept consistent here: how much was drawn and made. Without a decision it is the first."""

    def __init__(
        self,
        asked: Instant,
        seed: bytes,
        fresh: Callable[[int], bytes],
        decision: Decision | None = None,
        *,
        stands: bool = False,
    ) -> None:
        self.payloads = list[bytes]()
        self.seed = seed
        self.fresh = fresh  # for what must follow from no seed, as a private key
        self._asked, self._stands, self._finished = asked, stands, False
        self._drawn, self._decision = 0, decision

    def stated(self, now: Instant) -> Instant:
        """Give the instant that the act states: that of the asking. What follows from it states its own."""
        return now if self._finished else self._asked

    def instant(self, now: Instant) -> Instant:
        """Give the instant at which the act is carried out: that of the asking if its content follows from that."""
        return self._asked if self._stands else now

    def entropy(self, size: int) -> bytes:
        """Give bytes that follow from the seed and from how often was asked."""
        self._drawn += 1
        return hashlib.shake_256(b"comity-making-1\0%b%d" % (self.seed, self._drawn)).digest(size)

    def passed(self, payload: bytes) -> bytes:
        """Give a payload as it is to be signed: with its approval, if it is what was approved.

        Raises:
            Conflict: it is not.
        """
        if self._finished:  # what follows from the act, and states nothing of its own
            return payload
        number = len(self.payloads)
        self.payloads.append(payload)
        said = self._decision
        if said is None:
            return payload
        if list(said.payloads[number : number + 1]) != [payload]:
            raise _changed()
        approval = approval_of(said.laid, number + 1, said.by, said.role, iso(said.at), said.assertion)
        return with_approvals(payload, [approval])

    def finish(self, tx: Connection, now: Instant) -> None:
        """End the making in the transaction of the act.

        Raises:
            Undone: it was the first. Conflict: something that was approved was not made, or it was decided before.
        """
        if self._decision is None:
            raise Undone
        if len(self.payloads) != len(self._decision.payloads):
            raise _changed()
        self._decision.confirm(tx, now)
        self._finished = True


def _changed() -> Conflict:
    return Conflict("what would be signed now is not what was asked for: ask for it again")
