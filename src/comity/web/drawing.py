"""Lays out drawings: what stands around an item as a star, and what went under clauses as bars of days.

The table beside a drawing holds the same, and more of it: only the first neighbours and clauses are drawn.
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


BARS_ROW, BARS_LEFT, BARS_WIDTH, MOST_ROWS = 64, 96, 500, 12


class Bar(NamedTuple):
    """One day of one clause; `day` is that of the month."""

    x: float
    y: float
    width: float
    height: float
    day: int
    items: int


class Row(NamedTuple):
    """One clause: where its line stands, and its days on which something went."""

    label: str
    base: int
    bars: tuple[Bar, ...]


class Bars(NamedTuple):
    """Rows on one scale, the highest bar of which is `most` items; `days` with their places under the last row.

    Lines go from `left` to `right`; `width` is that of the whole.
    """

    width: int
    left: int
    right: int
    height: int
    most: int
    rows: tuple[Row, ...]
    days: tuple[tuple[float, int], ...]
    rest: int


def bars(flows: Sequence[tuple[str, Sequence[int]]]) -> Bars:
    """Draw the counts of days, from the first of the month on, a row for each label; all rows on one scale."""
    shown = flows[:MOST_ROWS]
    most = max((max(counts, default=0) for _, counts in shown), default=0) or 1
    step = BARS_WIDTH / 31
    rows = []
    for place, (label, counts) in enumerate(shown):
        base = BARS_ROW * (place + 1)
        made = []
        for day, count in enumerate(counts):
            high = round(max(2.0, (BARS_ROW - 20) * count / most), 1)
            if count:
                made.append(
                    Bar(round(BARS_LEFT + step * day, 1), base - high, round(step - 3, 1), high, day + 1, count)
                )
        rows.append(Row(_short(label), base, tuple(made)))
    marks = tuple((round(BARS_LEFT + step * (day - 0.5), 1), day) for day in (1, 8, 15, 22, 29))
    right, height = BARS_LEFT + BARS_WIDTH, BARS_ROW * len(shown) + 26
    return Bars(WIDTH, BARS_LEFT, right, height, most, tuple(rows), marks, len(flows) - len(shown))
