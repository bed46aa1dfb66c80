"""Lays out drawings: what stands around an item as a star, what went under clauses as bars of days, lags as hours.

The table beside a drawing holds the same, and more of it: only the first neighbours and clauses are drawn.
"""

from collections.abc import Sequence
from typing import NamedTuple

from comity.desk.item_relations import Relation
from comity.values import Instant, iso

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
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


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


class HourRow(NamedTuple):
    """One peer: where its line stands, an outline of how far behind it was, and the places of hours with failures."""

    label: str
    base: int
    outline: str
    failed: tuple[float, ...]


class Hours(NamedTuple):
    """Rows on one scale, the highest of which is `most_s` seconds; `days` with their places under the last row."""

    width: int
    left: int
    right: int
    height: int
    most_s: int
    rows: tuple[HourRow, ...]
    days: tuple[tuple[float, str], ...]
    rest: int


def hours(lags: Sequence[tuple[str, Sequence[tuple[int, int | None, bool]]]], first_ms: int, count: int) -> Hours:
    """Draw how far behind peers were, in `count` hours from the first on; all rows on one scale.

    Args:
        lags: for each label, hours as (begin in ms, seconds behind if known, whether a try failed).
    """
    shown = lags[:MOST_ROWS]
    most = max((behind or 0 for _, points in shown for _, behind, _ in points), default=0) or 1
    step = BARS_WIDTH / count
    rows = []
    for place, (label, points) in enumerate(shown):
        base, outline, failed = BARS_ROW * (place + 1), [], []
        for begins_ms, behind, has_failed in points:
            x = round(BARS_LEFT + step * ((begins_ms - first_ms) / _HOUR_MS), 1)
            if behind is not None:
                high = round(max(1.0, (BARS_ROW - 20) * behind / most), 1)
                outline.append(f"M{x} {base}v-{high}h{round(step, 1)}v{high}z")
            if has_failed:
                failed.append(round(x + step / 2, 1))
        rows.append(HourRow(_short(label), base, "".join(outline), tuple(failed)))
    midnights = range(first_ms + -first_ms % _DAY_MS, first_ms + count * _HOUR_MS, _DAY_MS)
    days = tuple(
        (round(BARS_LEFT + step * ((at - first_ms) / _HOUR_MS), 1), iso(Instant(at))[5:10]) for at in midnights
    )
    right, height = BARS_LEFT + BARS_WIDTH, BARS_ROW * len(shown) + 30
    return Hours(WIDTH, BARS_LEFT, right, height, most, tuple(rows), days, len(lags) - len(shown))
