"""Decides when failed sign-ins are too many, per account and per address, within bounded memory.

A stranger who guesses at an account, or shares an address with a reader, must not be able to lock that reader out.
So a pair of account and address that has signed in before is counted by itself, all others by address and by account.
"""

from collections import OrderedDict

from msgspec import Struct

from comity.values import Instant

MINUTE_MS = 60_000
_LONGEST = 200  # of an account's name; what strangers give as one may be as long as a form


class Bucket(Struct):
    """Attempts left, as of an instant; they come back evenly over the throttle's time."""

    left: float
    at: Instant


class Throttle:
    """Counts failures. Holds at most `memory` counters and as many known pairs, dropping the least recently used."""

    def __init__(self, attempts: int, memory: int = 10_000, within_ms: int = MINUTE_MS) -> None:
        self._attempts = attempts
        self._within_ms = within_ms
        self._memory = memory
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, account: str, address: str, now: Instant) -> int:
        """Say how many seconds this account must wait at this address; 0: it may try."""
        missing = max(1.0 - self._left(key, now) for key in self._keys(account, address))
        if missing <= 0:
            return 0
        return 1 + int(missing * self._within_ms / self._attempts / 1_000)

    def failed(self, account: str, address: str, now: Instant) -> None:
        """Count a failure."""
        for key in self._keys(account, address):
            bucket = Bucket(left=max(0.0, self._left(key, now) - 1.0), at=now)
            self._buckets[key] = bucket
            self._buckets.move_to_end(key)
        while len(self._buckets) > self._memory:
            self._buckets.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """Remember that this account signs in from this address."""
        pair = f"{account[:_LONGEST]}@{address}"
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > self._memory:
            self._known.popitem(last=False)

    @property
    def size(self) -> int:
        """How many counters and pairs are held."""
        return len(self._buckets) + len(self._known)

    def _keys(self, account: str, address: str) -> tuple[str, ...]:
        account = account[:_LONGEST]
        pair = f"{account}@{address}"
        return (pair,) if pair in self._known else (f"account {account}", f"address {address}")

    def _left(self, key: str, now: Instant) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return float(self._attempts)
        back = max(0, now - bucket.at) * self._attempts / self._within_ms
        return min(float(self._attempts), bucket.left + back)
