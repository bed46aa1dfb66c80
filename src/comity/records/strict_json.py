"""Decides which JSON has one meaning only, and why other JSON is refused.

Refused is what two readers could understand differently: repeated keys, lone surrogates, numbers no double holds,
words that are not JSON, and nesting that exhausts a reader.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from math import isfinite
from typing import Literal, NoReturn, TypeAlias, cast, get_args

import msgspec

from comity.errors import RecordRejected
from comity.values import Json, JsonObject

Reason: TypeAlias = Literal[
    "no-id",
    "no-type",
    "bad-id",
    "bad-time",
    "repeated-key",
    "lone-surrogate",
    "number-too-large",
    "too-deep",
    "too-large",
    "not-json",
    "not-utf8",
    "not-an-object",
    "nested-bundle",
]
REASONS: tuple[str, ...] = get_args(Reason)

DEPTH_LIMIT = 64  # objects and lists inside one another, the item itself included
NUMBER_LIMIT = 308  # decimal digits of an integer: as far as a double reaches
_SURE = 2**53  # integers below are the same to every decoder
_FAST = msgspec.json.Decoder()


def read_object(body: bytes) -> JsonObject:
    """Decode one JSON object so strictly that no other reader can understand it differently.

    Raises:
        RecordRejected: not UTF-8, not JSON, no object, a repeated key, a lone surrogate, a number no double holds, or
            deeper than 64.
    """
    obj = plainly(body)
    return strictly(body) if obj is None else obj


def plainly(body: bytes, *, depth: int = DEPTH_LIMIT) -> JsonObject | None:
    """Decode what is plain in half the time; None where only the strict decoder can tell, or says why not.

    Each key and each text of JSON stands between two quotes, and no others are but escaped ones within. If there are as
    many as what was decoded must have, nothing was dropped, so no key was repeated. Not plain are escaped code points
    and numbers that decoders may differ in.

    Args:
        depth: objects and lists inside one another, the outermost included, that are let pass.

    Raises:
        RecordRejected: deeper than that.
    """
    is_escaped = b"\\" in body
    if is_escaped and b"\\u" in body:
        return None
    try:
        obj = _FAST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if type(obj) is not dict:
        return None
    quoted, levels, ends_at = 0, 0, 0
    waiting: list[Json] = [obj]
    for n, value in enumerate(waiting):  # it grows meanwhile, level by level
        if n == ends_at:
            levels, ends_at = levels + 1, len(waiting)
        inner: Iterable[Json] = ()
        if type(value) is dict:
            quoted += len(value)
            inner = value.values()
        elif type(value) is list:
            inner = value
        for one in inner:
            kind = type(one)
            if kind is str:
                quoted += 1
            elif kind is dict or kind is list:
                waiting.append(one)
            elif kind is float or (kind is int and not -_SURE < cast(int, one) < _SURE):
                return None
    # A quote within stands behind a backslash; only where backslashes are escaped too, another may stand so.
    within = 0 if not is_escaped else _quotes_within(waiting) if b"\\\\" in body else body.count(b'\\"')
    if 2 * quoted + within != body.count(b'"'):
        return None
    if levels > depth:
        raise RecordRejected("too-deep", "$", f"deeper than {depth}")
    return obj


def _quotes_within(values: list[Json]) -> int:
    """Count the quotes in the keys and texts of these objects and lists themselves, not further inside."""
    texts = (text for value in values if isinstance(value, dict | list) for text in value)
    inside = (text for value in values if isinstance(value, dict) for text in value.values())
    return sum(text.count('"') for text in chain(texts, inside) if isinstance(text, str))


def strictly(body: bytes) -> JsonObject:
    """Decode with every rule asked of the decoder itself.

    Raises:
        RecordRejected: as `read_object`.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        raise RecordRejected("not-utf8", "$", f"byte {exc.start}") from exc
    try:
        obj = cast(Json, _STRICT.decode(text))
    except _Unreadable as exc:
        path = _path_of_repeated_key(text) if exc.reason == "repeated-key" else "$"
        raise RecordRejected(exc.reason, path, exc.detail) from exc
    except RecursionError as exc:
        raise RecordRejected("too-deep", "$", f"deeper than {DEPTH_LIMIT}") from exc
    except ValueError as exc:
        raise RecordRejected("not-json", "$", str(exc)[:200]) from exc
    if not isinstance(obj, dict):
        raise RecordRejected("not-an-object")
    # Neither can be wrong where these bytes are rare; most items are spared the walk.
    if body.count(b"{") + body.count(b"[") > DEPTH_LIMIT:
        _refuse_depth(obj)
    if b"\\u" in body:
        _refuse_surrogates(obj)
    return obj


class _Unreadable(Exception):
    """Carries a reason out of the decoder's hooks; never leaves this file."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    obj = dict(pairs)
    if len(obj) != len(pairs):
        raise _Unreadable("repeated-key")
    return obj


def _integer(text: str) -> int:
    if len(text) > NUMBER_LIMIT:
        raise _Unreadable("number-too-large")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise _Unreadable("number-too-large")
    return number


def _no_constant(word: str) -> NoReturn:
    raise _Unreadable("not-json", f"{word} is not JSON")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_number, parse_constant=_no_constant
)


def _path_of_repeated_key(text: str) -> str:
    """Decode again, slower, to say where; the text is known to have a repeated key."""

    class Repeating(dict[str, Json]):
        key = ""

    def note(pairs: list[tuple[str, Json]]) -> JsonObject:
        seen: set[str] = set()
        obj = Repeating(pairs)
        for key, value in pairs:
            if isinstance(value, Repeating):  # an inner one comes first; the last value of a key would hide it
                obj.key = f"{key}.{value.key}"
                break
            if key in seen:
                obj.key = key
                break
            seen.add(key)
        return obj if obj.key else dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return "$"  # malformed further on: the repeated key alone is reason enough
    return f"$.{found.key}" if isinstance(found, Repeating) else "$"


def _nested(value: Json) -> Iterator[tuple[int, Json]]:
    """Go through a value and all in it, with the depth of each, without recursion."""
    waiting: list[tuple[int, Json]] = [(1, value)]
    while waiting:
        depth, current = waiting.pop()
        yield depth, current
        if isinstance(current, dict):
            waiting.extend((depth + 1, inner) for inner in current.values())
        elif isinstance(current, list):
            waiting.extend((depth + 1, inner) for inner in current)


def _refuse_depth(obj: JsonObject) -> None:
    level: list[Json] = [obj]
    for _ in range(DEPTH_LIMIT):
        inside = (
            value.values() if isinstance(value, dict) else value for value in level if isinstance(value, dict | list)
        )
        level = [inner for values in inside for inner in values if type(inner) is dict or type(inner) is list]
        if not level:
            return
    raise RecordRejected("too-deep", "$", f"deeper than {DEPTH_LIMIT}")


def _refuse_surrogates(obj: JsonObject) -> None:
    for _, value in _nested(obj):
        texts = value if isinstance(value, dict) else (value,)
        for text in texts:
            if isinstance(text, str) and not _encodes(text):
                raise RecordRejected("lone-surrogate", "$", ascii(text)[:80])


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
