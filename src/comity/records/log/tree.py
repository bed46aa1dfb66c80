"""Decides what the hashes of a log are, and proves inclusion and consistency out of its tiles.

Source: RFC 6962 §2.1 (hashes, audit path, consistency proof); verification as in RFC 9162 §2.1.3.2 and §2.1.4.2.
A *node* is the root of 2^height leaves, counted from the left: node (0, 5) is the sixth leaf's hash.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from comity.errors import RecordRejected

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT, TILE_WIDTH = 8, 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MOST_HASHES = 63  # of a proof: no log has 2^63 entries
_MOST_EDGES = 1024

# Gives the hashes that there are of a tile (level, number), side by side; all 256 once the tile is full.
ReadTile = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into the one above."""
    return sha256(b"\1" + left + right).digest()


def parents(row: bytes) -> bytes:
    """Hash a row of nodes, side by side and even in number, into the row above."""
    pair = 2 * HASH_BYTES
    return b"".join([sha256(b"\1" + row[at : at + pair]).digest() for at in range(0, len(row), pair)])


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes that are all at hand."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        above = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = above + row[len(row) & ~1 :]  # one that is left over goes up as it is
    return row[0]


class Tree:
    """A log in one state, as its tiles tell it. State kept: hashes met lately; once it has grown, make another."""

    def __init__(self, read: ReadTile, *, remembered: int = 256) -> None:
        self._read, self._remembered = read, remembered
        self._rows: dict[tuple[int, int], tuple[bytes, ...]] = {}
        self._edges: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """Give the root of the first `size` leaves."""
        return self._over(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Prove that a leaf is in the tree of the first `size` leaves, from its sibling upwards. RFC 6962 §2.1.1."""
        if not 0 <= index < size:
            raise ValueError(f"no leaf {index} in a tree of {size}")
        begin, end, path = 0, size, list[bytes]()
        while end - begin > 1:
            middle = begin + _left(end - begin)
            if index < middle:
                path.append(self._over(middle, end))
                end = middle
            else:
                path.append(self._over(begin, middle))
                begin = middle
        return tuple(reversed(path))

    def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """Prove that the tree of `second` leaves begins with that of `first`. RFC 6962 §2.1.2."""
        if not 0 <= first <= second:
            raise ValueError(f"a tree of {second} leaves does not begin with {first}")
        if first in (0, second):
            return ()
        begin, end, path = 0, second, list[bytes]()
        while first != end:
            middle = begin + _left(end - begin)
            if first <= middle:
                path.append(self._over(middle, end))
                end = middle
            else:
                path.append(self._over(begin, middle))
                begin = middle
        if begin:  # else the verifier holds this node: it is the first root
            path.append(self._over(begin, end))
        return tuple(reversed(path))

    def _over(self, begin: int, end: int) -> bytes:
        """Give the root over leaves `begin` to `end`, where `begin` is a multiple of a power of two not below both."""
        count = end - begin
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._node(height, begin >> height)
        found = self._edges.get((begin, end))
        if found is None:
            middle = begin + _left(count)
            found = node_hash(self._over(begin, middle), self._over(middle, end))
            if len(self._edges) >= _MOST_EDGES:
                self._edges = {}
            self._edges[begin, end] = found
        return found

    def _node(self, height: int, place: int) -> bytes:
        level, inner = divmod(height, TILE_HEIGHT)
        width = TILE_WIDTH >> inner
        row = self._row(level, place // width, inner, place % width)
        if len(row) != HASH_BYTES:
            raise RecordRejected("missing-tile", f"$.tile[{level}][{place // width}]")
        return row

    def _row(self, level: int, number: int, inner: int, at: int) -> bytes:
        rows = self._rows.get((level, number))
        if rows is None:
            rows = self._remember(level, number)
        return rows[inner][at * HASH_BYTES : (at + 1) * HASH_BYTES]

    def _remember(self, level: int, number: int) -> tuple[bytes, ...]:
        rows = [self._read(level, number)]
        for _ in range(TILE_HEIGHT - 1):
            below = rows[-1]
            rows.append(parents(below[: len(below) - len(below) % (2 * HASH_BYTES)]))
        if len(self._rows) >= self._remembered:
            del self._rows[next(iter(self._rows))]
        self._rows[level, number] = tuple(rows)
        return self._rows[level, number]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Refuse a proof that does not lead from the leaf's hash to the root. RFC 9162 §2.1.3.2.

    Raises:
        RecordRejected: bad-inclusion.
    """
    if not 0 <= index < size:
        raise RecordRejected("bad-inclusion", "$.index", f"no leaf {index} in a tree of {size}")
    place, last, found = index, size - 1, leaf
    for number, sibling in enumerate(path):
        if last == 0:
            raise RecordRejected("bad-inclusion", f"$.path[{number}]", "more hashes than the tree has levels")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise RecordRejected("bad-inclusion", "$.path", "fewer hashes than the tree has levels")
    if found != root:
        raise RecordRejected("bad-inclusion", "$.root", "the proof leads to another root")


def verify_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> None:
    """Refuse a proof that does not show the second tree to begin with the first. RFC 9162 §2.1.4.2.

    Raises:
        RecordRejected: bad-consistency.
    """
    if not 0 <= first <= second:
        raise RecordRejected("bad-consistency", "$.size", f"a log of {second} does not extend one of {first}")
    if first in (0, second):
        before = EMPTY_ROOT if first == 0 else second_root
        if path or first_root != before:
            raise RecordRejected("bad-consistency", "$.path" if path else "$.root", "trees of one size differ")
        return
    # Where the first tree is a whole node of the second, the proof leaves that node out.
    whole = (first_root, *path) if first & (first - 1) == 0 else path
    if consistency_roots(first, second, whole) != (first_root, second_root):
        raise RecordRejected("bad-consistency", "$.root", "the proof leads to other roots")


def consistency_roots(first: int, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Give the roots of both sizes to which hashes lead, of which the first is a node that both trees have.

    Args:
        first: above 0 and below `second`.

    Raises:
        RecordRejected: bad-consistency, if there are more or fewer hashes than the trees have levels.
    """
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        raise RecordRejected("bad-consistency", "$.path", "empty")
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise RecordRejected("bad-consistency", "$.path", "more hashes than the tree has levels")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise RecordRejected("bad-consistency", "$.root", "fewer hashes than the trees have levels")
    return old, new


def _left(count: int) -> int:
    """Give the largest power of two below a count of at least two."""
    return 1 << ((count - 1).bit_length() - 1)
