"""Tests that a drawing holds its neighbours apart and within its frame."""

from itertools import pairwise

import pytest

from comity.desk.item_relations import Relation
from comity.web.drawing import MOST_DRAWN, MOST_ROWS, WIDTH, bars, drawn, hours


def a_relation(number: int, kind: str = "indicator") -> Relation:
    return Relation(word="names", outward=True, id=f"{kind}--{number}", type=kind, label="x" * number, held=True)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 10, 30])
def test_neighbours_stand_apart_within_the_frame(count: int) -> None:
    drawing = drawn([a_relation(number) for number in range(count)])
    places = [(one.x, one.y) for one in drawing.neighbours]
    assert len(set(places)) == len(places) == min(count, MOST_DRAWN)
    assert all(20 < x < WIDTH - 20 and 20 < y < drawing.height - 20 for x, y in places)
    assert drawing.rest == max(0, count - MOST_DRAWN)
    for one in places:
        assert all(other == one or other[0] != one[0] or abs(other[1] - one[1]) >= 40 for other in places)


def test_a_shape_says_the_kind_and_a_label_is_short() -> None:
    shapes = [drawn([a_relation(40, kind)]).neighbours[0] for kind in ("indicator", "identity", "report")]
    assert [one.shape for one in shapes] == ["circle", "diamond", "square"]
    assert all(len(one.label) == 22 for one in shapes)


@pytest.mark.parametrize("days", [1, 2, 28, 31])
def test_bars_stand_apart_on_one_scale_within_the_frame(days: int) -> None:
    chart = bars([("4(1)", list(range(days))), ("7(2)", [0] * days), ("a very long article's number", [1] * days)])
    assert chart.most == max(days - 1, 1) and len(chart.rows) == 3
    every = [bar for row in chart.rows for bar in row.bars]
    assert all(
        bar.x > 0 and bar.x + bar.width < WIDTH and 0 < bar.y < chart.height and bar.height >= 2 for bar in every
    )
    for row, above in zip(chart.rows, (0, 64, 128), strict=True):
        assert all(above < bar.y <= row.base for bar in row.bars)
        assert all(one.x + one.width < other.x for one, other in pairwise(row.bars))
    assert chart.rows[1].bars == (), "nothing is drawn of nothing"


def test_more_clauses_than_are_drawn_stand_in_the_table() -> None:
    chart = bars([(str(n), [1]) for n in range(MOST_ROWS + 3)])
    assert (len(chart.rows), chart.rest) == (MOST_ROWS, 3)
    assert bars([]).rows == ()


def test_hours_stand_on_one_scale_within_the_frame_and_gaps_stay_open() -> None:
    first = 1_930_000_000_000 // 3_600_000 * 3_600_000
    at = [first + n * 3_600_000 for n in range(168)]
    rows = [("Ruritania", [(at[0], 60, False), (at[1], 7_200, True)]), ("Northwind", [(at[167], None, True)])]
    chart = hours(rows, first, 168)
    assert chart.most_s == 7_200
    one, other = chart.rows
    assert one.outline.count("M") == 2 and "v-44.0" in one.outline and len(one.failed) == 1
    assert other.outline == "" and all(chart.left < x < chart.right for x in (*one.failed, *other.failed))
    assert len(chart.days) == 7 and all(chart.left <= x < chart.right and day[2] == "-" for x, day in chart.days)
    assert hours([], first, 168).rows == () and hours([(str(n), []) for n in range(14)], first, 168).rest == 2
