"""Lays out what stands around an item as a star: the item in the middle, its neighbours left and right of it.

The table beside the drawing holds the same, and more of it: only the first neighbours are drawn.
"""

from collections.abc import Sequence
from typing import NamedTuple

from comity.desk.item_relations import Relation

MOST_DRAWN = 10
WIDTH, ROW, MIDDLE = 620, 62, 310
LEFT, RIGHT = 150, 470
_LONGEST = 22


class Neighbour(NamedTuple):
    """One neighbour with its place in the drawing."""

    x: int
    y: int
    left: bool
    held: bool
    shape: str
    word: str
    outward: bool
    label: str


class Drawing(NamedTuple):
    """A star of so many units; `rest` neighbours are not drawn."""

    height: int
    middle: int
    neighbours: tuple[Neighbour, ...]
    rest: int


def drawn(relations: Sequence[Relation]) -> Drawing:
    """Place the first neighbours, half on each side."""
    shown = relations[:MOST_DRAWN]
    rows = max(1, (len(shown) + 1) // 2)
    height = ROW * rows + ROW
    neighbours = []
    for place, one in enumerate(shown):
        left = place % 2 == 0
        on_side = rows if left else len(shown) // 2
        y = height * (place // 2 + 1) // (on_side + 1)
        neighbours.append(
            Neighbour(
                x=LEFT if left else RIGHT,
                y=y,
                left=left,
                held=one.held,
                shape=_shape(one.type),
                word=one.word,
                outward=one.outward,
                label=_short(one.label or one.type),
            )
        )
    return Drawing(height, height // 2, tuple(neighbours), len(relations) - len(shown))


def _shape(kind: str) -> str:
    """A circle for what is observed, a square for what is judged or written, a diamond for who and where."""
    if kind in ("indicator", "observed-data", "sighting", "malware", "tool", "infrastructure", "vulnerability"):
        return "circle"
    return "diamond" if kind in ("identity", "location", "threat-actor", "intrusion-set") else "square"


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
