"""Decides what the granular markings of an object cover, and what is left of it when a portion may not be seen.

Selectors follow STIX 2.1 §7.2.3.1: property names and zero-based list indices `[n]`, joined by dots. A selector that
does not resolve covers the whole object: its author meant to restrict something, and nobody knows what.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from comity.records.envelope import UNREADABLE_MARKING
from comity.records.required import REQUIRED_IN_EXTENSION, REQUIRED_INSIDE, UNTOUCHABLE, missing
from comity.values import Json, JsonObject

DEEPEST_SELECTOR = 64

_INDEX = re.compile(r"\[(0|[1-9][0-9]{0,8})\]")

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]


class Needed(msgspec.Struct, frozen=True):
    """The object cannot be without this place."""

    path: str


class _Cut:
    """What goes, as a tree built step by step: `gone` here, `below` further down; `order` are the gone indices."""

    __slots__ = ("below", "gone", "order")

    def __init__(self) -> None:
        self.below: dict[Step, _Cut] = {}
        self.gone: set[Step] = set()
        self.order: list[int] = []


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """One granular marking. `whole`: it covers the object, because a selector is bad or missing."""

    marking_ref: str
    selectors: tuple[str, ...] = ()
    whole: bool = False


def portions(obj: JsonObject) -> tuple[Portion, ...]:
    """Give the portions of an object in their order; language markings restrict nothing and are left out."""
    markings = obj.get("granular_markings")
    if markings is None:
        return ()
    if not isinstance(markings, list):
        return (Portion(marking_ref=UNREADABLE_MARKING, whole=True),)
    return tuple(portion for portion in (_portion(obj, marking) for marking in markings) if portion is not None)


def redact(obj: JsonObject, selectors: Iterable[str]) -> JsonObject | None:
    """Give the object without what the selectors cover; None when it cannot be without it.

    Later selectors keep their meaning: the granular markings left over are renumbered, or go with what they marked.
    """
    paths = []
    for selector in selectors:
        path = resolve(obj, selector)
        if path is None:
            return None
        paths.append(path)
    left = without(obj, paths)
    return None if isinstance(left, Needed) else left


def resolve(obj: JsonObject, selector: Json) -> Path | None:
    """Give the path a selector leads to, or None when it leads nowhere."""
    if not isinstance(selector, str):
        return None
    words = selector.split(".", DEEPEST_SELECTOR)
    if len(words) > DEEPEST_SELECTOR:
        return None
    here: Json = obj
    path: list[Step] = []
    for word in words:
        index = _INDEX.fullmatch(word)
        if isinstance(here, dict) and word in here:
            here = here[word]
            path.append(word)
        elif isinstance(here, list) and index and int(index[1]) < len(here):
            here = here[int(index[1])]
            path.append(int(index[1]))
        else:
            return None
    return tuple(path)


def _portion(obj: JsonObject, marking: Json) -> Portion | None:
    if not isinstance(marking, dict):
        return Portion(marking_ref=UNREADABLE_MARKING, whole=True)
    ref, selectors = marking.get("marking_ref"), marking.get("selectors")
    if ref is None and isinstance(marking.get("lang"), str):
        return None
    name = ref if isinstance(ref, str) and "\0" not in ref else UNREADABLE_MARKING  # no database takes a NUL
    if not isinstance(selectors, list) or not selectors or any(resolve(obj, s) is None for s in selectors):
        return Portion(marking_ref=name, whole=True)
    return Portion(marking_ref=name, selectors=tuple(s for s in selectors if isinstance(s, str)))


def _may_go(obj: JsonObject, path: Path) -> bool:
    top = path[0]
    if top in UNTOUCHABLE or (top == "objects" and obj.get("type") == "observed-data"):
        return False  # embedded observables refer to each other by key: one cannot go alone
    if top == "extensions":
        return not _holds_type(obj.get("extensions"), path[1:]) and not _inside_extension(path)
    if len(path) > 2 and isinstance(top, str):
        return path[-1] not in REQUIRED_INSIDE.get(top, frozenset())
    return True


def _inside_extension(path: Path) -> bool:
    return len(path) == 3 and isinstance(path[1], str) and path[2] in REQUIRED_IN_EXTENSION.get(path[1], ())


def _holds_type(extensions: Json, below: Path) -> bool:
    """Tell whether this part of `extensions` declares the object's own type, without which nobody can read it."""
    if not isinstance(extensions, dict):
        return False
    if below[1:] == ("extension_type",):
        return True
    if len(below) > 1:
        return False
    chosen = [value for key, value in extensions.items() if not below or key == below[0]]
    return any(isinstance(v, dict) and str(v.get("extension_type", "")).startswith("new-") for v in chosen)


def without(obj: JsonObject, paths: Iterable[Path]) -> JsonObject | Needed:
    """Give the object without these places, or what it cannot be without.

    A container that this empties goes too (STIX 2.1 §2: lists and dictionaries are never empty). Selectors of the
    granular markings left over are renumbered.
    """
    cut = _Cut()
    for path in paths:
        if not _may_go(obj, path):
            return Needed(path=selector_of(path))
        _add(cut, path)
    if not cut.gone and not cut.below:
        return obj
    if _settle(obj, cut):
        return Needed(path="")
    left = {key: _prune(item, cut, key) for key, item in obj.items() if key not in cut.gone}
    lost = missing(obj, left)
    _renumber(left, cut, obj)
    if lost is None and not _references_say_something(obj, left):
        lost = "external_references"
    return left if lost is None else Needed(path=lost)


def selector_of(path: Path) -> str:
    """Write a path as a selector."""
    return ".".join(step if isinstance(step, str) else f"[{step}]" for step in path)


def _add(cut: _Cut, path: Path) -> None:
    here = cut
    for step in path[:-1]:
        if step in here.gone:
            return
        here = here.below.setdefault(step, _Cut())
    here.gone.add(path[-1])
    here.below.pop(path[-1], None)


def _settle(value: Json, cut: _Cut) -> bool:
    """Turn every container that the cut empties into one that goes; tell whether `value` itself is one."""
    for step in [step for step, below in cut.below.items() if _settle(_at(value, step), below)]:
        del cut.below[step]
        cut.gone.add(step)
    cut.order = sorted(step for step in cut.gone if isinstance(step, int))
    return isinstance(value, list | dict) and len(cut.gone) == len(value)


def _prune(value: Json, cut: _Cut, step: Step) -> Json:
    below = cut.below.get(step)
    if below is None:
        return value
    if isinstance(value, list):
        return [_prune(item, below, n) for n, item in enumerate(value) if n not in below.gone]
    if isinstance(value, dict):
        return {key: _prune(item, below, key) for key, item in value.items() if key not in below.gone}
    return value


def _renumber(left: JsonObject, cut: _Cut, before: JsonObject) -> None:
    markings = left.get("granular_markings")
    if not isinstance(markings, list):
        return
    moved = (_renumbered(marking, cut, before) for marking in markings)
    kept: list[Json] = [marking for marking in moved if marking is not None]
    if kept:
        left["granular_markings"] = kept
    else:
        del left["granular_markings"]


def _renumbered(marking: Json, cut: _Cut, before: JsonObject) -> Json:
    selectors = marking.get("selectors") if isinstance(marking, dict) else None
    if not isinstance(marking, dict) or not isinstance(selectors, list) or not selectors:
        return marking
    paths = ((selector, resolve(before, selector)) for selector in selectors)
    moved = (selector if path is None else _moved(path, cut) for selector, path in paths)
    left: list[Json] = [selector for selector in moved if selector is not None]
    return {**marking, "selectors": left} if left else None


def _moved(path: Path, cut: _Cut) -> str | None:
    """Give the selector that means after the cut what `path` meant before; None when that is gone."""
    here: _Cut | None = cut
    after: list[Step] = []
    for step in path:
        if here is None:
            after.append(step)
            continue
        if step in here.gone:
            return None
        after.append(step - bisect_left(here.order, step) if isinstance(step, int) else step)
        here = here.below.get(step)
    return selector_of(tuple(after))


def _at(value: Json, step: Step) -> Json:
    if isinstance(value, dict):
        return value.get(step) if isinstance(step, str) else None
    return value[step] if isinstance(value, list) and isinstance(step, int) else None


def _references_say_something(before: JsonObject, left: JsonObject) -> bool:
    """STIX 2.1 §2.5: an external reference has a description, url or external_id beside its source_name."""
    references = left.get("external_references")
    if references == before.get("external_references") or not isinstance(references, list):
        return True
    wanted: Mapping[str, None] = dict.fromkeys(("description", "url", "external_id"))
    return all(not isinstance(r, dict) or wanted.keys() & r.keys() for r in references)
