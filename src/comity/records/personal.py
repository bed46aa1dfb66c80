"""Decides whether an item holds personal data: no, yes, or undetermined, by a table of rules.

The rules are data (`catalogue/personal_data.toml`), each with its reason and source. The strictest rule that holds
wins; where none holds the answer is "undetermined", which release treats as a refusal until an officer decides.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from comity.values import Json, JsonObject

Personal = Literal["no", "yes", "undetermined"]

_STRICTNESS: Mapping[Personal, int] = {"no": 0, "undetermined": 1, "yes": 2}


class PersonalRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. All of its conditions must hold; `types` empty means every type, and then `has` is asked for.

    `has` and `lacks` name properties, `within` the values a property may have, `contains` texts of which one stands in
    it, `matches` a regular expression found in it (asked last: it costs most).
    """

    id: str
    answer: Personal
    reason: str
    source: str
    checked: str
    verified: bool
    types: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    within: Mapping[str, tuple[str, ...]] = {}
    contains: Mapping[str, tuple[str, ...]] = {}
    matches: Mapping[str, str] = {}


class _Test(msgspec.Struct, frozen=True):
    answer: Personal
    has: frozenset[str]
    lacks: frozenset[str]
    within: tuple[tuple[str, frozenset[str]], ...]
    contains: tuple[tuple[str, tuple[str, ...]], ...]
    matches: tuple[tuple[str, re.Pattern[str]], ...]

    def holds(self, obj: JsonObject) -> bool:
        # Plain loops: this runs once for every object taken in.
        for name, values in self.within:
            value = obj.get(name)
            if not isinstance(value, str) or value not in values:
                return False
        for name, texts in self.contains:
            if not _contains(obj.get(name), texts):
                return False
        if not (self.has <= obj.keys() and self.lacks.isdisjoint(obj)):
            return False
        for name, pattern in self.matches:
            value = obj.get(name)
            if not isinstance(value, str) or pattern.search(value) is None:
                return False
        return True


class PersonalRules(msgspec.Struct, frozen=True):
    """The rules ready for use: strictest first, by type, and those for every type."""

    by_type: Mapping[str, tuple[_Test, ...]]
    everywhere: tuple[_Test, ...]
    telling: frozenset[str]  # the properties that the rules for every type ask for


def index_rules(rules: Iterable[PersonalRule]) -> PersonalRules:
    """Make the rules ready for use.

    Raises:
        ValueError: a rule for every type asks for no property, or a pattern is not a regular expression.
    """
    by_type: dict[str, list[_Test]] = {}
    everywhere: list[_Test] = []
    for rule in sorted(rules, key=lambda rule: -_STRICTNESS[rule.answer]):
        test = _test(rule)
        if not rule.types:
            if not rule.has:
                raise ValueError(f"{rule.id}: a rule for every type must ask for a property")
            everywhere.append(test)
        for stix_type in rule.types:
            by_type.setdefault(stix_type, []).append(test)
    telling = frozenset(name for test in everywhere for name in test.has)
    return PersonalRules({kind: tuple(tests) for kind, tests in by_type.items()}, tuple(everywhere), telling)


def personal_data(obj: JsonObject, rules: PersonalRules) -> Personal:
    """Tell whether an item holds personal data."""
    kind = obj.get("type")
    own = _first(rules.by_type.get(kind, ()) if isinstance(kind, str) else (), obj) or "undetermined"
    if own == "yes" or rules.telling.isdisjoint(obj):
        return own
    other = _first(rules.everywhere, obj)
    return own if other is None or _STRICTNESS[other] <= _STRICTNESS[own] else other


def _first(tests: tuple[_Test, ...], obj: JsonObject) -> Personal | None:
    for test in tests:  # strictest first
        if test.holds(obj):
            return test.answer
    return None


def _test(rule: PersonalRule) -> _Test:
    try:
        matches = tuple((name, re.compile(text)) for name, text in rule.matches.items())
    except re.error as exc:
        raise ValueError(f"{rule.id}: not a regular expression: {exc}") from exc
    within = tuple((name, frozenset(values)) for name, values in rule.within.items())
    contains = tuple(rule.contains.items())
    return _Test(rule.answer, frozenset(rule.has), frozenset(rule.lacks), within, contains, matches)


def _contains(value: Json, texts: tuple[str, ...]) -> bool:
    if isinstance(value, str):
        for text in texts:
            if text in value:
                return True
    return False
