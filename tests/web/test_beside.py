"""Tests that two texts beside each other hold all of both, and say where they differ."""

import json

from hypothesis import given
from hypothesis import strategies as st

from comity.values import Json, JsonObject
from comity.web.beside import Line, side_by_side

_LEAVES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)
_OBJECTS = st.dictionaries(st.text(max_size=4), _JSON, max_size=5)


def column(lines: list[Line], index: int) -> Json:
    """Read one side back; members of lists all end with a comma there, the last one too."""
    text = "\n".join(line[index] for line in lines if line[index])
    return json.loads(_without_last_commas(text)) if text else {}  # type: ignore[no-any-return]


def _without_last_commas(text: str) -> str:
    rows = text.split("\n")
    for n, row in enumerate(rows[:-1]):
        following = rows[n + 1].strip()
        if row.endswith(",") and following[:1] in ("]", "}"):
            rows[n] = row[:-1]
    return "\n".join(rows)


@given(_OBJECTS, _OBJECTS)
def test_each_side_reads_back_as_what_it_was(held: JsonObject, leaves: JsonObject) -> None:
    lines = side_by_side(json.dumps(held), json.dumps(leaves))
    assert column(lines, 0) == held
    assert column(lines, 1) == leaves
    assert all(line.change for line in lines) is False or not held


@given(_OBJECTS)
def test_nothing_differs_from_itself(held: JsonObject) -> None:
    lines = side_by_side(json.dumps(held), json.dumps(held))
    assert {line.change for line in lines} == {""}
    assert all(line.held == line.leaves for line in lines)


def test_what_is_left_out_added_and_changed_is_said() -> None:
    held = {"id": "a", "refs": ["x", "y", "z"], "name": "N", "rest": {"deep": 1}}
    leaves = {"id": "a", "refs": ["x", "z"], "name": "M", "new": True}
    changes = {
        (line.held.strip(), line.leaves.strip()): line.change
        for line in side_by_side(json.dumps(held), json.dumps(leaves))
        if line.change
    }
    assert changes == {
        ('"y",', ""): "gone",
        ('"name": "N",', '"name": "M",'): "other",
        ('"rest": {', ""): "gone",
        ('"deep": 1', ""): "gone",
        ("},", ""): "gone",
        ("", '"new": true'): "new",
    }


def test_against_nothing_all_is_left_out() -> None:
    lines = side_by_side('{"a": [1, 2]}', "")
    assert {line.change for line in lines} == {"gone"} and lines[0].held == "{"
