"""Builds logs for tests: entries, tiles in a dictionary, keys, and the RFC's own definitions as an oracle."""

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.records.dsse import Signer, signer_of
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.entry import Covered, entry_of
from comity.records.log.evidence import Subject, write_evidence
from comity.records.log.note import NoteKey
from comity.records.log.tiles import grow_tiles
from comity.records.log.tree import Tree

ORIGIN = "freedonia-csirt/comity/1"
SIGNER: Signer = signer_of(Ed25519PrivateKey.from_private_bytes(b"l" * 32))
KEY = NoteKey(ORIGIN, SIGNER.public)
CONTENT = b'{"type":"indicator","id":"indicator--1"}'
SALT = bytes(range(16))


def entries(count: int) -> list[bytes]:
    """Give so many entries of the usual form, each different."""
    return [b"\x01" + hashlib.sha256(str(number).encode()).digest() for number in range(count)]


class Tiles(dict[tuple[int, int], bytes]):
    """Tiles in memory, and the tree that reads them."""

    def __init__(self, given: Sequence[bytes] = ()) -> None:
        super().__init__()
        self.size = 0
        self.append(given)

    def read(self, level: int, number: int) -> bytes:
        """Give what there is of a tile."""
        return self.get((level, number), b"")

    def append(self, given: Sequence[bytes]) -> None:
        """Let the log grow."""
        self.update(grow_tiles(self.size, self.read, given))
        self.size += len(given)
        self.tree = Tree(self.read)


def a_covered() -> Covered:
    """Give the columns of a record whose content is CONTENT."""
    return Covered(
        "item", "freedonia-csirt", "indicator--1", "indicator", "2031-03-01T12:00:00.000Z", 1_930_132_800_000_000, 21,
        hashlib.sha256(CONTENT).digest(), 1_930_132_800_000,
    )  # fmt: skip


def a_proof_file(*, content: bytes | None = CONTENT, size: int = 37, index: int = 11) -> bytes:
    """Give the proof file of that record in a log of `size` entries."""
    given = entries(size)
    given[index] = entry_of(SALT, a_covered())
    tiles = Tiles(given)
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, size, tiles.tree.root(size)), SIGNER)
    return write_evidence(Subject(a_covered(), SALT, index, content), tiles.tree, size, checkpoint, KEY)


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, "Merkle Tree Hash", word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = _k(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def audit_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, PATH(m, D[n]), word for word."""
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    if m < k:
        return [*audit_path(m, leaves[:k]), mth(leaves[k:])]
    return [*audit_path(m - k, leaves[k:]), mth(leaves[:k])]


def consistency_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.2, PROOF(m, D[n]), word for word."""
    return _subproof(m, leaves, known=True)


def _subproof(m: int, leaves: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = _k(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def _k(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k
