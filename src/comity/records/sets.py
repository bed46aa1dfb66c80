"""Decides how items are signed in sets: a Merkle tree over salted leaves, shuffled and padded.

Who gets one item with its salt and its place learns nothing of the others: a leaf is a commitment that only its salt
opens, its place is random, and the number of leaves is a power of two. Inner nodes are hashed as in RFC 6962 §2.1. The
nodes that a reader needs beside its leaves come once for all its items of a set, lowest level first, left to right.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from comity.errors import RecordRejected

SMALLEST, LARGEST = 16, 1_024  # leaves of a set
HASH_BYTES = 32
_LEAF = b"comity-set-v1\0"


class MadeSet(NamedTuple):
    """A set as its maker holds it: the levels of its tree, leaves first, and the place of each item."""

    levels: tuple[tuple[bytes, ...], ...]
    places: tuple[int, ...]

    @property
    def root(self) -> bytes:
        """What is signed."""
        return self.levels[-1][0]

    @property
    def size(self) -> int:
        """How many leaves it has, padding and all."""
        return len(self.levels[0])


def commitment(salt: bytes, sha256: bytes) -> bytes:
    """Give an item's leaf, 32 bytes. Apart from the log's by its domain, so that the two cannot be linked."""
    return hashlib.sha256(b"\x00" + hmac.digest(salt, _LEAF + sha256, "sha256")).digest()


def make_set(leaves: Sequence[bytes], seed: bytes) -> MadeSet:
    """Shuffle and pad leaves by 32 random bytes, and build the tree; the same seed gives the same tree.

    Raises:
        ValueError: no leaves, or more than fit.
    """
    if not 0 < len(leaves) <= LARGEST:
        raise ValueError(f"a set has 1 to {LARGEST} items, not {len(leaves)}")
    size = max(SMALLEST, 1 << (len(leaves) - 1).bit_length())
    order = sorted(range(size), key=lambda n: hashlib.sha256(b"%b order %d" % (seed, n)).digest())
    places = tuple(order[: len(leaves)])
    laid = [hashlib.sha256(b"%b pad %d" % (seed, n)).digest() for n in range(size)]
    for place, leaf in zip(places, leaves, strict=True):
        laid[place] = leaf
    return MadeSet(_levels(tuple(laid)), places)


def shared_nodes(levels: Sequence[Sequence[bytes | None]], places: Iterable[int]) -> tuple[bytes, ...]:
    """Give the nodes that lead from leaves at these places to the root, beside what follows from the leaves.

    Raises:
        ValueError: a node that is needed is not known.
    """
    found: list[bytes] = []
    known = set(places)
    for level in levels[:-1]:
        for place in sorted(known):
            if place ^ 1 not in known:
                node = level[place ^ 1]
                if node is None:
                    raise ValueError("a node of this set is not known here")
                found.append(node)
        known = {place >> 1 for place in known}
    return tuple(found)


def grown(leaves: Mapping[int, bytes], size: int, nodes: Sequence[bytes]) -> tuple[dict[int, bytes], ...]:
    """Compute the tree over some leaves by place and the nodes beside them: each level as far as it is known.

    The root is the one entry of the last level; whether it is the signed one remains to be asked.

    Raises:
        RecordRejected: bad-proof: places or a size that no set has, or too few or too many nodes.
    """
    if size.bit_count() != 1 or not SMALLEST <= size <= LARGEST or not leaves:
        raise RecordRejected("bad-proof", "$.size")
    if min(leaves) < 0 or max(leaves) >= size:
        raise RecordRejected("bad-proof", "$.place")
    left = iter(nodes)
    level, order = dict(leaves), sorted(leaves)
    levels = [level]
    while size > 1:
        above: dict[int, bytes] = {}
        for place in order:
            if place >> 1 in above:  # its sibling came before it
                continue
            other = level.get(place ^ 1) or next(left, b"")
            if len(other) != HASH_BYTES:
                raise RecordRejected("bad-proof", "$.nodes", "too few")
            level[place ^ 1] = other
            both = other + level[place] if place & 1 else level[place] + other
            above[place >> 1] = sha256(b"\x01" + both).digest()
        level, order, size = above, list(above), size >> 1
        levels.append(level)
    if next(left, None) is not None:
        raise RecordRejected("bad-proof", "$.nodes", "too many")
    return tuple(levels)


def _levels(leaves: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], ...]:
    levels = [leaves]
    while len(leaves) > 1:
        leaves = tuple(hashlib.sha256(b"\x01" + leaves[n] + leaves[n + 1]).digest() for n in range(0, len(leaves), 2))
        levels.append(leaves)
    return tuple(levels)


def packed(levels: Sequence[Mapping[int, bytes]], size: int) -> bytes:
    """Write what is known of a tree, level by level, zeros for what is not."""
    nothing = bytes(HASH_BYTES)
    known = b"".join([level.get(place, nothing) for n, level in enumerate(levels) for place in range(size >> n)])
    return known.ljust((2 * size - 1) * HASH_BYTES, b"\0")


def joined(one: bytes, other: bytes) -> bytes:
    """Give what is known of one tree by either; both were written by `packed` and lead to one root."""
    if len(one) != len(other):
        raise ValueError("two trees of one root have one size")
    # What both know is the same, what one does not know is zeros.
    return (int.from_bytes(one) | int.from_bytes(other)).to_bytes(len(one))


def unpacked(known: bytes, size: int) -> tuple[tuple[bytes | None, ...], ...]:
    """Read what `packed` wrote."""
    levels, start = [], 0
    nothing = bytes(HASH_BYTES)
    while size:
        cut = known[start * HASH_BYTES : (start + size) * HASH_BYTES]
        nodes = (cut[at : at + HASH_BYTES] for at in range(0, len(cut), HASH_BYTES))
        levels.append(tuple(None if node == nothing else node for node in nodes))
        start, size = start + size, size >> 1
    return tuple(levels)
