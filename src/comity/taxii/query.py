"""Decides what a TAXII query string asks for, and refuses only what cannot be meant.

Unknown parameters and unknown `match[…]` are ignored, an empty value counts as absent: clients send unset parameters.
"""

import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import parse_qsl

from comity.desk.views import ReadQuery
from comity.errors import UsageError
from comity.values import stix_us

MAX_VALUES = 1_000  # of one list; more is no filter but a download list
MAX_FIELDS = 200
MAX_TOKEN_CHARS = 2_048

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_UNESCAPED_PLUS = re.compile(r" (\d{2}:\d{2})$")
_SIGNED: dict[str, Literal["", "signed", "relay"]] = {"signed": "signed", "relay": "relay"}
_VERSION_WORDS = {"first", "last", "all"}


def read_query(query: bytes, *, page_limit: int, versions: tuple[str, ...] = ("last",)) -> ReadQuery:
    """Read a query string, with or without `%` escapes.

    Args:
        query: as it stands in the request line.
        page_limit: most objects a page; a larger `limit` is capped without a word, as is none.
        versions: what holds if the client does not say `match[version]`.

    Raises:
        UsageError: a known parameter has a value that cannot be read, or two different ones.
    """
    given = _parameters(query)
    added_after = _one(given, "added_after")
    return ReadQuery(
        limit=min(_limit(_one(given, "limit"), page_limit), page_limit),
        added_after_ms=None if added_after is None else _moment_us(added_after, "added_after") // 1_000,
        after=_token(_one(given, "next")),
        ids=_list(given, "match[id]"),
        types=_list(given, "match[type]"),
        versions=tuple(dict.fromkeys(_version(value) for value in _list(given, "match[version]"))) or versions,
        spec_versions=_list(given, "match[spec_version]"),
        signed=_SIGNED.get(_one(given, "comity") or "", ""),
    )


def _parameters(query: bytes) -> dict[str, list[str]]:
    """Group the values by name; whatever is not UTF-8 becomes U+FFFD, which no id, type or token contains."""
    try:
        pairs = parse_qsl(query.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as exc:
        raise UsageError("more than {max_fields} parameters", max_fields=MAX_FIELDS) from exc
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _one(given: dict[str, list[str]], name: str) -> str | None:
    values = {value.strip() for value in given.get(name, ())} - {""}
    if len(values) > 1:
        raise UsageError("{name} is given more than once", name=name)
    return values.pop() if values else None


def _list(given: dict[str, list[str]], name: str) -> tuple[str, ...]:
    """Read a comma list; order is kept, repetition dropped."""
    values = tuple(dict.fromkeys(_words(given.get(name, ()))))
    if len(values) > MAX_VALUES:
        raise UsageError("{name} has more than {max_values} values", name=name, max_values=MAX_VALUES)
    if any(_CONTROL.search(value) for value in values):
        raise UsageError("{name} has a control character", name=name)
    return values


def _words(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        yield from (word for part in value.split(",") if (word := part.strip()))


def _limit(text: str | None, page_limit: int) -> int:
    if text is None:
        return page_limit
    digits = text.lstrip("0")
    if text.isascii() and text.isdigit() and digits:
        return int(digits) if _WHOLE_NUMBER.fullmatch(digits) else page_limit
    raise UsageError("limit is a whole number of at least 1")


def _token(text: str | None) -> str | None:
    if text is not None and (len(text) > MAX_TOKEN_CHARS or _CONTROL.search(text)):
        raise UsageError("next is not a token of this server")
    return text


def _version(text: str) -> str | int:
    word = text.lower()
    return word if word in _VERSION_WORDS else _moment_us(text, "match[version]")


def _moment_us(text: str, name: str) -> int:
    """Read a timestamp of any precision and zone to microseconds. A `+` that came unescaped arrives as a space."""
    try:
        return stix_us(_UNESCAPED_PLUS.sub(r"+\1", text).upper())
    except (ValueError, OverflowError) as exc:
        raise UsageError("{name} is not a timestamp such as 2031-03-01T12:00:00Z", name=name) from exc
