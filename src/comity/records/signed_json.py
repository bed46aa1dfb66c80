"""Decides whether JSON may be signed or believed as signed: every reader must understand it alike.

Readers disagree on repeated keys, NaN, integers beyond 2^53 and lone surrogates (RFC 8259 §4, §6, §8.2; RFC 7493 §2),
and some fall over deep nesting. All of these are refused; nothing is repaired. Items, which others made, are read by
the wider `strict_json`.
"""

import json
import math
import re
from typing import NamedTuple

from comity.errors import RecordRejected
from comity.records import strict_json
from comity.values import Json, JsonObject

DEEPEST = 32
LARGEST_INTEGER = 2**53

# A string as a whole, or one bracket. Possessive, so that an unclosed string costs linear time.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class _Fault(NamedTuple):
    """Stands in the tree where something was refused, so that its path can be told."""

    reason: str
    key: str | None = None


def check(payload: bytes, *, depth: int = DEEPEST) -> Json:
    """Read JSON that has exactly one meaning.

    Raises:
        RecordRejected: not-utf8, not-json, too-deep, repeated-key, not-a-number, number-too-large or lone-surrogate,
            with the path.
    """
    plain = plainly(payload, depth)
    return closely(payload, depth) if plain is None else plain


def plainly(payload: bytes, depth: int) -> JsonObject | None:
    """Read what nobody could read otherwise, in a fraction of the time; None: look closely, and say what is wrong."""
    try:
        return strict_json.plainly(payload, depth=depth)
    except RecordRejected:
        return None


def closely(payload: bytes, depth: int) -> Json:
    """Read with every rule asked by itself, and say which is broken, and where.

    Raises:
        RecordRejected: as `check`.
    """
    text = _text(payload)
    if text.count("[") + text.count("{") > depth:
        _refuse_deep(text, depth)
    faults: list[_Fault] = []
    tree = _parse(text, faults)
    if faults or _SURROGATE.search(text):
        _refuse_first(tree, "$")
    return tree


def step(path: str, key: str) -> str:
    """Give the path one key further down; an odd key is quoted and cut."""
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key[:64])}]"


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8", "strict")
    except UnicodeDecodeError as exc:
        raise RecordRejected("not-utf8", "$", f"byte {exc.start}") from exc


def _refuse_deep(text: str, depth: int) -> None:
    level = 0
    for match in _TOKEN.finditer(text):
        mark = match.group()
        if mark in "[{":
            level += 1
            if level > depth:
                raise RecordRejected("too-deep", "$", f"more than {depth} levels")
        elif mark in "]}":
            level -= 1


def _parse(text: str, faults: list[_Fault]) -> Json:
    def fault(reason: str, key: str | None = None) -> _Fault:
        faults.append(_Fault(reason, key))
        return faults[-1]

    def pairs(items: list[tuple[str, Json]]) -> dict[str, Json] | _Fault:
        found = dict(items)
        if len(found) == len(items):
            return found
        return fault("repeated-key", _first_repeated([name for name, _ in items]))

    def integer(digits: str) -> int | _Fault:
        # The length first: reading a million digits is slow, and Python refuses over 4,300.
        if len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:
            return fault("number-too-large")
        return int(digits)

    def fraction(digits: str) -> float | _Fault:
        number = float(digits)
        return number if math.isfinite(number) else fault("number-too-large")

    decoder = json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_int=integer,
        parse_float=fraction,
        parse_constant=lambda _word: fault("not-a-number"),
    )
    try:
        tree: Json = decoder.decode(text)
    except json.JSONDecodeError as exc:
        raise RecordRejected("not-json", "$", f"{exc.msg}, character {exc.pos}") from exc
    return tree


def _first_repeated(names: list[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            break
        seen.add(name)
    return name


def _refuse_first(node: "Json | _Fault", path: str) -> None:
    """Raise for the first fault in the tree; without one, all surrogates were paired."""
    if isinstance(node, _Fault):
        raise RecordRejected(node.reason, path if node.key is None else step(path, node.key))
    if isinstance(node, str):
        _refuse_surrogate(node, path)
    elif isinstance(node, list):
        for place, item in enumerate(node):
            _refuse_first(item, f"{path}[{place}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            _refuse_surrogate(key, path)
            _refuse_first(value, step(path, key))


def _refuse_surrogate(text: str, path: str) -> None:
    try:
        text.encode("utf-8", "strict")
    except UnicodeEncodeError as exc:
        raise RecordRejected("lone-surrogate", path) from exc
