"""Makes challenges for authenticators and takes each back once: within five minutes, for what it was made.

A challenge carries its time and a seal of the node, so giving one out leaves nothing to remember: nobody can crowd out
another's by asking for many. Only those that opened something are remembered, until they would be too old anyway.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from comity.desk.node_type import Node
from comity.errors import Unauthenticated
from comity.values import Instant

CHALLENGED_FOR_MS = 5 * 60_000
_RANDOM, _TIME, _SEAL = 16, 8, 16


class Challenges:
    """The challenges of one node. State kept consistent here: which are or were in use."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._used: dict[bytes, Instant] = {}  # in the order of use

    def new(self, purpose: str) -> bytes:
        """Make a challenge for one purpose, as `sign-in` or `add 7`."""
        body = self._node.entropy(_RANDOM) + int(self._node.clock()).to_bytes(_TIME, "big")
        return body + self._seal(purpose, body)

    @contextmanager
    def spent(self, purpose: str, challenge: bytes) -> Iterator[None]:
        """Spend a challenge on the block; if that raises, it was not spent.

        Raises:
            Unauthenticated: it is not ours, is for something else, too old, or spent.
        """
        body, now = challenge[: _RANDOM + _TIME], self._node.clock()
        made = int.from_bytes(body[_RANDOM:], "big")
        ours = hmac.compare_digest(challenge[_RANDOM + _TIME :], self._seal(purpose, body))
        if not ours or not made <= now < made + CHALLENGED_FOR_MS or challenge in self._used:
            raise Unauthenticated("the passkey took too long: try again")
        for old in [one for one, until in self._used.items() if until <= now]:
            del self._used[old]
        self._used[challenge] = Instant(now + CHALLENGED_FOR_MS)
        try:
            yield
        except BaseException:
            self._used.pop(challenge, None)
            raise

    def _seal(self, purpose: str, body: bytes) -> bytes:
        words = b"comity-challenge-1\0" + purpose.encode() + b"\0" + body
        return hmac.digest(self._node.keys.token_key, words, "sha256")[:_SEAL]
