"""Compares two MISP events part by part and names every difference; knows nothing of how the product converts."""

from collections.abc import Iterator
from typing import Any

Difference = tuple[str, str]  # (uuid of the part, key)
_LISTS = ("Attribute", "Object", "EventReport", "ObjectReference", "Sighting", "ShadowAttribute", "Note", "Opinion")


def events_in(content: Any) -> Iterator[dict[str, Any]]:
    """Every event in a decoded file of MISP, however it is wrapped."""
    if isinstance(content, list):
        for one in content:
            yield from events_in(one)
    elif isinstance(content, dict) and "response" in content:
        yield from events_in(content["response"])
    elif isinstance(content, dict):
        event = content.get("Event", content)
        if isinstance(event, dict) and "info" in event:
            yield event


def differences(before: Any, after: Any, uuid: str = "") -> Iterator[Difference]:
    """Every key of `before` that `after` lacks or has otherwise, and the reverse, with the uuid of the nearest part."""
    uuid = str(before.get("uuid") or uuid).lower()
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if key in _LISTS and isinstance(was or [], list) and isinstance(now or [], list):
            yield from _of_lists(was or [], now or [], uuid, key)
        elif was != now and (was or now):  # no list and an empty one are the same to MISP
            yield uuid, key


def _of_lists(before: list[Any], after: list[Any], uuid: str, key: str) -> Iterator[Difference]:
    there = {str(one.get("uuid", place)).lower(): one for place, one in enumerate(after)}
    if len(there) != len(after):
        yield uuid, key
    for place, one in enumerate(before):
        named = str(one.get("uuid", place)).lower() if isinstance(one, dict) else str(place)
        other = there.pop(named, None)
        if other is None:
            yield named, key
        else:
            yield from differences(one, other, uuid)
    for named in there:
        yield named, key
