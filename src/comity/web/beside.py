"""Lays two JSON objects beside each other, line by line, so that it is seen what one lacks and what it says otherwise.

One is made of the other by leaving out and rewriting, so they are walked together, in the order of the first; the work
is linear in their size.
"""

from typing import NamedTuple

import msgspec

from comity.errors import RecordRejected
from comity.records.strict_json import read_object
from comity.values import Json, JsonObject

_STEP = "  "


class Line(NamedTuple):
    """One line of both; `change` is "" where they are the same, else "gone", "new" or "other"."""

    held: str
    leaves: str
    change: str


def side_by_side(held: str, leaves: str) -> list[Line]:
    """Lay what leaves beside what is held. An empty `leaves` stands for nothing at all."""
    ours, theirs = _read(held), _read(leaves)
    if ours is None or theirs is None:
        gone = [Line(line, "", "gone") for line in _lines(ours, held)]
        return gone + [Line("", line, "new") for line in _lines(theirs, leaves)]
    return _objects(ours, theirs, "", "", "")


def _objects(ours: dict[str, Json], theirs: dict[str, Json], indent: str, before: str, after: str) -> list[Line]:
    lines = [_same(f"{indent}{before}{{")]
    inner = indent + _STEP
    names = [*ours, *(name for name in theirs if name not in ours)]
    for n, name in enumerate(names):
        label, comma = f"{_written(name)}: ", "," if n + 1 < len(names) else ""
        if name not in theirs:
            lines += _one_sided(ours[name], inner, label, comma, "gone")
        elif name not in ours:
            lines += _one_sided(theirs[name], inner, label, comma, "new")
        else:
            lines += _both(ours[name], theirs[name], inner, label, comma)
    return [*lines, _same(f"{indent}}}{after}")]


def _lists(ours: list[Json], theirs: list[Json], indent: str, before: str, after: str) -> list[Line]:
    """Walk two lists of which the second mostly leaves out members of the first."""
    lines = [_same(f"{indent}{before}[")]
    inner, n = indent + _STEP, 0
    for member in ours:
        if n < len(theirs) and theirs[n] == member:
            lines += _both(member, member, inner, "", ",")
            n += 1
        else:
            lines += _one_sided(member, inner, "", ",", "gone")
    for member in theirs[n:]:
        lines += _one_sided(member, inner, "", ",", "new")
    return [*lines, _same(f"{indent}]{after}")]


def _both(ours: Json, theirs: Json, indent: str, before: str, after: str) -> list[Line]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _objects(ours, theirs, indent, before, after)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _lists(ours, theirs, indent, before, after)
    left, right = f"{indent}{before}{_written(ours)}{after}", f"{indent}{before}{_written(theirs)}{after}"
    return [Line(left, right, "" if left == right else "other")]


def _one_sided(value: Json, indent: str, before: str, after: str, change: str) -> list[Line]:
    laid = [f"{indent}{line}" for line in _formatted(value)]
    laid[0] = f"{indent}{before}{laid[0].lstrip()}"
    laid[-1] += after
    return [Line(line, "", change) if change == "gone" else Line("", line, change) for line in laid]


def _same(line: str) -> Line:
    return Line(line, line, "")


def _lines(value: JsonObject | None, text: str) -> list[str]:
    if value is not None:
        return _formatted(value)
    return text.split("\n") if text else []


def _formatted(value: Json) -> list[str]:
    return msgspec.json.format(msgspec.json.encode(value), indent=len(_STEP)).decode().split("\n")


def _written(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def _read(text: str) -> JsonObject | None:
    try:
        return read_object(text.encode())
    except RecordRejected:
        return None
