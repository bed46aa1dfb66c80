"""Decides what of a received page is vouched for, by whom, and what is wrong with it.

Given are envelopes that have been opened already: who issued them is known. Judged are the statement's place in its
stream, each object against its leaf, and each leaf against the signed set. An object that no leaf answers for is
refused; a leaf that no object answers is a gap, unless it is declared absent, and named either way.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from comity.errors import RecordRejected
from comity.records.kinds import Delivery, ItemSet, Renditions
from comity.records.kinds.delivery import FIRST_PREVIOUS
from comity.records.sets import commitment, grown
from comity.records.sidecar import Entry, node_list, salt_of
from comity.values import PartyName

Grade = Literal["signed", "rendition", "relayed"]
Verdict = Literal["next", "seen", "gap", "fork", "rollback"]
Fault = Literal["wrong-addressee", "wrong-stream", "wrong-issuer", "wrong-world", "bad-leaf", "bad-set", "surplus"]


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a peer's stream to us: the last statement taken in, by number and payload digest."""

    issuer: PartyName
    to: PartyName
    stream: str
    exercise: bool
    last_seq: int = 0
    last_digest: str = FIRST_PREVIOUS


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One object that stands: at which place of the page, by which leaf, and how it is vouched for.

    `place`: its leaf in the signed set, for `signed`.
    """

    at: int
    leaf: int
    grade: Grade
    place: int | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A page as judged. Leaves without an object are `missing`, or `absent` if declared so; `tree`: its set."""

    found: tuple[Found, ...]
    missing: tuple[int, ...]
    absent: tuple[int, ...]
    tree: tuple[dict[int, bytes], ...] = ()


class Weighed(NamedTuple):
    """What follows from the bytes of a page's objects and their salts, before anything is known of who signed what.

    `digests`: SHA-256 of each object's bytes as received, 32 bytes. `leaves`: the leaf that each comes to; none for a
    rendition, which has no salt.
    """

    digests: list[bytes]
    salts: list[bytes | None]
    leaves: list[bytes | None]


class PageRefused(Exception):
    """The page does not answer to its statement. `fault` says how, `at` which object it is, if it is one."""

    def __init__(self, fault: Fault, at: int | None = None) -> None:
        self.fault, self.at = fault, at
        super().__init__(fault)


def judge_place(known: Stream, statement: Delivery, digest: str) -> Verdict:
    """Say where a statement stands in its stream.

    `next`: the one awaited. `seen`: the last one again. `gap`: statements between are lacking. `rollback`: an older
    number, to be compared with what was kept under it. `fork`: it contradicts what came before: its number was given
    already to another, or it names another before it.

    Raises:
        PageRefused: it is of another issuer, stream, addressee or world.
    """
    if statement.issuer != known.issuer:
        raise PageRefused("wrong-issuer")
    if statement.to != known.to:
        raise PageRefused("wrong-addressee")
    if statement.stream != known.stream:
        raise PageRefused("wrong-stream")
    if statement.exercise != known.exercise:
        raise PageRefused("wrong-world")
    if statement.seq == known.last_seq:
        return "seen" if digest == known.last_digest else "fork"
    if statement.seq < known.last_seq:
        return "rollback"
    if statement.seq > known.last_seq + 1:
        return "gap"
    return "next" if statement.prev == known.last_digest else "fork"


def judge_page(
    statement: Delivery,
    weighed: Weighed,
    entries: Sequence[Entry],
    *,
    absent: Sequence[int] = (),
    signed: ItemSet | None = None,
    nodes: str = "",
    renditions: Renditions | None = None,
) -> Judged:
    """Check each object of a page against the statement and the set.

    Args:
        weighed: the objects, by their entries; an entry stands for each, in the same order.

    Raises:
        PageRefused: an object that no leaf answers for, or a set that does not lead to its root.
    """
    if len(entries) != len(weighed.digests):
        raise PageRefused("surplus")
    leaves = statement.leaf_list()
    told = _rendered(statement, renditions)
    found: dict[int, Found] = {}
    in_set: dict[int, bytes] = {}
    for at, (digest, leaf, entry) in enumerate(zip(weighed.digests, weighed.leaves, entries, strict=True)):
        if entry.leaf >= len(leaves) or entry.leaf in found:
            raise PageRefused("surplus", at)
        found[entry.leaf] = _judged(at, digest, leaf, entry, leaves, told, in_set)
    tree = _tree(statement, signed, in_set, nodes)
    declared = {leaf for leaf in absent if leaf < len(leaves)} - found.keys()
    missing = tuple(sorted(set(range(len(leaves))) - found.keys() - declared))
    return Judged(found=tuple(found.values()), missing=missing, absent=tuple(sorted(declared)), tree=tree)


def _judged(
    at: int,
    digest: bytes,
    leaf: bytes | None,
    entry: Entry,
    leaves: Sequence[bytes],
    told: Mapping[int, str],
    in_set: dict[int, bytes],
) -> Found:
    if leaf is None:
        if told.get(entry.leaf) != digest.hex():
            raise PageRefused("bad-leaf", at)
        return Found(at=at, leaf=entry.leaf, grade="rendition")
    if leaf != leaves[entry.leaf]:
        raise PageRefused("bad-leaf", at)
    if entry.place is None:
        return Found(at=at, leaf=entry.leaf, grade="relayed")
    if entry.place in in_set:
        raise PageRefused("bad-set", at)
    in_set[entry.place] = leaf
    return Found(at=at, leaf=entry.leaf, grade="signed", place=entry.place)


def _rendered(statement: Delivery, renditions: Renditions | None) -> Mapping[int, str]:
    if renditions is None:
        return {}
    same = (renditions.issuer, renditions.to, renditions.stream, renditions.seq, renditions.exercise)
    if same != (statement.issuer, statement.to, statement.stream, statement.seq, statement.exercise):
        raise PageRefused("wrong-stream")
    return dict(zip(renditions.places, renditions.digests, strict=True))


def _tree(
    statement: Delivery, signed: ItemSet | None, in_set: Mapping[int, bytes], nodes: str
) -> tuple[dict[int, bytes], ...]:
    if not in_set:
        return ()
    if signed is None or signed.issuer != statement.issuer or signed.exercise != statement.exercise:
        raise PageRefused("bad-set")
    if signed.root != statement.set_root:
        raise PageRefused("bad-set")
    try:
        levels = grown(in_set, signed.size, node_list(nodes))
    except RecordRejected as exc:
        raise PageRefused("bad-set") from exc
    if levels[-1] != {0: bytes.fromhex(signed.root)}:
        raise PageRefused("bad-set")
    return levels


def weigh(bodies: Sequence[bytes], entries: Sequence[Entry]) -> Weighed:
    """Weigh the objects of a page; an entry stands for each, in the same order."""
    digests, salts = page_digests(bodies), [salt_of(entry) for entry in entries]
    pairs = zip(salts, digests, strict=True)
    return Weighed(digests, salts, [None if salt is None else commitment(salt, digest) for salt, digest in pairs])


def page_digests(bodies: Sequence[bytes]) -> list[bytes]:
    """Give the SHA-256 of each object's bytes."""
    return [hashlib.sha256(body).digest() for body in bodies]
