"""Decides how a log is cut into tiles and entry bundles, how they are named, and how both grow.

Source: C2SP tlog-tiles. A full tile or bundle never changes; a shorter one is the beginning of what it will be.
"""

import re
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from comity.errors import RecordRejected
from comity.records.log.tree import HASH_BYTES, TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, ReadTile, leaf_hash, parents

ENTRIES = -1  # the "level" of entry bundles
MOST_LEVELS = 64
LONGEST_ENTRY = 0xFFFF
LONGEST_PATH = 200
LARGEST_SIZE = (1 << 63) - 1

_LENGTH = Struct(">H")
_PATH = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class TileName(NamedTuple):
    """Which tile: its level (or ENTRIES), its number in that level, and its width, 1 to 256."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        """The path after `tile/`: `0/x001/234.p/17`."""
        return f"{'entries' if self.level == ENTRIES else self.level}/{_number(self.number)}{_suffix(self.width)}"

    @property
    def end(self) -> int:
        """The least size of a log that has this much of the tile."""
        return (self.number * TILE_WIDTH + self.width) << (TILE_HEIGHT * max(self.level, 0))


def read_path(path: str) -> TileName:
    """Read what stands after `tile/`; each tile has exactly one name.

    Raises:
        RecordRejected: bad-path.
    """
    match = _PATH.fullmatch(path) if len(path) <= LONGEST_PATH else None
    if match is None:
        raise RecordRejected("bad-path", "$", "not the name of a tile")
    level, upper, last, width = match.groups()
    name = TileName(
        ENTRIES if level == "entries" else int(level),
        int(upper.replace("x", "").replace("/", "") + last),
        TILE_WIDTH if width is None else int(width),
    )
    # Written again it must be the same: no leading x000, no width of 256 or more, no level above 63.
    if name.path != path or name.level >= MOST_LEVELS or (width is not None and name.width >= TILE_WIDTH):
        raise RecordRejected("bad-path", "$", "not the name of a tile")
    return name


def _number(number: int) -> str:
    digits = str(number)
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "".join(f"x{part}/" for part in parts[:-1]) + parts[-1]


def _suffix(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def names(size: int) -> list[TileName]:
    """Name the last tile of each level of a log, and its last bundle; those before them are full."""
    found, level, nodes = list[TileName](), ENTRIES, size
    while nodes:
        found.append(TileName(level, (nodes - 1) // TILE_WIDTH, (nodes - 1) % TILE_WIDTH + 1))
        nodes = size if level == ENTRIES else nodes // TILE_WIDTH
        level += 1
    return found


def grow_tiles(size: int, read: ReadTile, entries: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Append entries to a log of `size`: gives each tile that changes, by (level, number), as it is then."""
    changed: dict[tuple[int, int], bytes] = {}
    fresh = b"".join([leaf_hash(entry) for entry in entries])
    level = 0
    while fresh:
        number, width = divmod(size, TILE_WIDTH)
        if width:
            held = read(level, number)
            if len(held) != width * HASH_BYTES:
                raise RecordRejected("missing-tile", f"$.tile[{level}][{number}]", f"{len(held)} bytes")
            fresh = held + fresh
        above: list[bytes] = []
        for at in range(0, len(fresh), TILE_BYTES):
            tile = fresh[at : at + TILE_BYTES]
            changed[level, number] = tile
            number += 1
            if len(tile) == TILE_BYTES:
                above.append(tile_root(tile))
        fresh = b"".join(above)
        size //= TILE_WIDTH
        level += 1
    return changed


def tile_root(tile: bytes) -> bytes:
    """Hash a full tile into its node on the level above."""
    for _ in range(TILE_HEIGHT):
        tile = parents(tile)
    return tile


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries as a bundle, or as a piece to be added to one."""
    return b"".join([_LENGTH.pack(len(entry)) + entry for entry in entries])


def read_bundle(bundle: bytes) -> list[bytes]:
    """Read a bundle's entries.

    Raises:
        RecordRejected: bad-bundle, with the place of the entry.
    """
    if len(bundle) >= _LENGTH.size and (alike := _alike(bundle, _LENGTH.unpack_from(bundle)[0])):
        return alike
    found, at = list[bytes](), 0
    while at < len(bundle):
        begin = at + _LENGTH.size
        if begin > len(bundle):
            raise RecordRejected("bad-bundle", f"$[{len(found)}]", "cut off in a length")
        (length,) = _LENGTH.unpack_from(bundle, at)
        at = begin + length
        if at > len(bundle):
            raise RecordRejected("bad-bundle", f"$[{len(found)}]", "cut off in an entry")
        found.append(bundle[begin:at])
    if len(found) > TILE_WIDTH:
        raise RecordRejected("bad-bundle", f"$[{TILE_WIDTH}]", f"more than {TILE_WIDTH} entries")
    return found


def _alike(bundle: bytes, length: int) -> list[bytes]:
    """Read a bundle whose entries are all of one length, as ours are, without looking at each; else give nothing."""
    each = _LENGTH.size + length
    count, rest = divmod(len(bundle), each)
    head = bundle[: _LENGTH.size]
    is_alike = not rest and count <= TILE_WIDTH
    if not is_alike or bundle[::each] != head[:1] * count or bundle[1::each] != head[1:] * count:
        return []
    return [bundle[at + _LENGTH.size : at + each] for at in range(0, len(bundle), each)]


def cut_bundle(bundle: bytes, width: int) -> bytes:
    """Give the first `width` entries of a bundle, as a bundle."""
    entries = read_bundle(bundle)
    return bundle if len(entries) == width else write_bundle(entries[:width])
