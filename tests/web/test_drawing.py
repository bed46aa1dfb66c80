"""Tests that a drawing holds its neighbours apart and within its frame."""

import pytest

from comity.desk.item_relations import Relation
from comity.web.drawing import MOST_DRAWN, WIDTH, drawn


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
