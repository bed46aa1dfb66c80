"""Finds where the tiles of the log do not follow from its entries, and its checkpoints not from its tiles."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.log_keys import counting, opened_by
from comity.errors import RecordRejected
from comity.records.key_judging import JudgedKey
from comity.records.log.tiles import ENTRIES, names, read_bundle, tile_root
from comity.records.log.tree import HASH_BYTES, TILE_WIDTH, Tree, leaf_hash
from comity.stores import log
from comity.stores.lock_store import Locked
from comity.stores.log import LogState, SignedCheckpoint
from comity.values import Instant


class Found(NamedTuple):
    """Something that differs: in which table, row and column, and how."""

    table: str
    row: str
    column: str
    how: str


def tree_differences(tx: Connection, state: LogState, step: Callable[[int], None]) -> Iterator[Found]:
    """Hash all entries again and compare tile by tile; `step` is told how many entries are done."""
    read = log.tile_reader(tx)
    last = {name.level: name for name in names(state.size)}
    roots: list[bytes] = []
    for number in range(last[ENTRIES].number + 1 if last else 0):
        width = last[0].width if number == last[0].number else TILE_WIDTH
        try:
            entries = read_bundle(log.bundle_of(tx, number))
        except RecordRejected as exc:
            entries = []
            yield Found("log_bundles", str(number), "body", str(exc))
        if entries and len(entries) != width:
            yield Found("log_bundles", str(number), "body", f"{len(entries)} entries, not {width}")
        tile = b"".join([leaf_hash(entry) for entry in entries])
        yield from _compared(read, 0, number, tile)
        if width == TILE_WIDTH:
            # Of what is stored: a fault is named where it is, not once more on each level above.
            roots.append(_root(read(0, number)))
        step(number * TILE_WIDTH + width)
    level = 1
    while roots:
        above: list[bytes] = []
        for number, begin in enumerate(range(0, len(roots), TILE_WIDTH)):
            part = roots[begin : begin + TILE_WIDTH]
            yield from _compared(read, level, number, b"".join(part))
            if len(part) == TILE_WIDTH:
                above.append(_root(read(level, number)))
        roots, level = above, level + 1


def _compared(read: Callable[[int, int], bytes], level: int, number: int, wanted: bytes) -> Iterator[Found]:
    tile = read(level, number)
    if tile == wanted:
        return
    places = range(0, max(len(tile), len(wanted)), HASH_BYTES)
    first = next(at for at in places if tile[at : at + HASH_BYTES] != wanted[at : at + HASH_BYTES])
    yield Found(
        "log_tiles", f"{level}/{number}", "body", f"hash {first // HASH_BYTES} does not follow from what it is of"
    )


def _root(tile: bytes) -> bytes:
    return tile_root(tile) if len(tile) == TILE_WIDTH * HASH_BYTES else bytes(HASH_BYTES)


def checkpoint_differences(
    tx: Connection, state: LogState, keys: Sequence[JudgedKey], held: Locked | None
) -> Iterator[Found]:
    """Compare each checkpoint with the tiles and with the keys of its time, and the lock store with both."""
    tree = Tree(log.tile_reader(tx))
    kept = log.checkpoints_of(tx, state.origin)
    for one in kept:
        if _root_at(tree, one.size, state.size) != one.root:
            yield Found("checkpoints", str(one.size), "root", "not the root of so many entries")
        if how := _wrong_note(one, keys):
            yield Found("checkpoints", str(one.size), "note", how)
    if held is None:
        yield Found("lock store", state.origin, "size", "the lock store is missing")
    elif held.origin != state.origin or _root_at(tree, held.size, state.size) != held.root:
        yield Found("lock store", held.origin, "root", f"{held.size} entries were signed that are not these")
    elif kept and held.size < kept[-1].size:
        yield Found("lock store", held.origin, "size", f"{held.size}, and a checkpoint of {kept[-1].size} is signed")


def _wrong_note(one: SignedCheckpoint, keys: Sequence[JudgedKey]) -> str:
    try:
        told = opened_by(one.note, counting(keys, one.origin, Instant(one.at_ms)))[0]
    except RecordRejected as exc:
        return str(exc)
    agrees = (told.size, told.root) == (one.size, one.root)
    return "" if agrees else "says another size or root than its row"


def _root_at(tree: Tree, size: int, most: int) -> bytes:
    if size > most:
        return b""
    try:
        return tree.root(size)
    except RecordRejected:
        return b""
