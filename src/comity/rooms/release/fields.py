"""Decides how one table of an agreement's TOML is read: each key once, of one shape, and no key that nobody knows.

A key that is not read is an error, with the nearest known key as advice: in an agreement a misspelt condition
must never be a missing condition.
"""

import math
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TypeAlias

from comity.errors import AgreementRejected
from comity.values import Instant, PartyName, Tlp, party_name

TomlTable: TypeAlias = dict[str, object]
LanguageText: TypeAlias = tuple[tuple[str, str], ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
LONGEST_LIST = 1_000


class Fields:
    """One TOML table being read; remembers which keys were asked for, so that `done()` can refuse the others."""

    def __init__(self, table: TomlTable, path: str) -> None:
        self._table, self.path = table, path
        self._known: set[str] = set()

    def at(self, key: str) -> str:
        """Give the path of a key, as errors name it."""
        return f"{self.path}.{key}" if self.path else key

    def reject(self, key: str, advice: str) -> AgreementRejected:
        """Make the error for a key."""
        return AgreementRejected(self.at(key), advice)

    def take(self, key: str) -> object:
        """Give the raw value of a key, or None if it is absent; the key counts as known from now on."""
        self._known.add(key)
        return self._table.get(key)

    def has(self, key: str) -> bool:
        """Is the key given?"""
        return key in self._table

    def text(self, key: str) -> str | None:
        """Read a text of one line or more; empty ones are refused."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.reject(key, "write a text in quotes")
        return value.strip()

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Read a word of a closed list."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in allowed:
            raise self.reject(key, f"write one of: {', '.join(allowed)}")
        return value

    def words(self, key: str, check: Callable[[str], str]) -> tuple[str, ...]:
        """Read a list of distinct words, each through `check` (ValueError: it is refused); absent gives ()."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            raise self.reject(key, f'write a list with at least one entry, as in {key} = ["…"], or leave the key out')
        if len(value) > LONGEST_LIST:
            raise self.reject(key, f"at most {LONGEST_LIST} entries")
        found = tuple(self._word(f"{key}[{i}]", entry, check) for i, entry in enumerate(value))
        if len(set(found)) != len(found):
            raise self.reject(key, "an entry stands twice; keep one")
        return found

    def _word(self, key: str, entry: object, check: Callable[[str], str]) -> str:
        if not isinstance(entry, str):
            raise self.reject(key, "write the entry in quotes")
        try:
            return check(entry)
        except ValueError as exc:
            raise self.reject(key, str(exc)) from exc

    def names(self, key: str) -> tuple[PartyName, ...]:
        """Read a list of party short names."""
        return tuple(PartyName(name) for name in self.words(key, short_name))

    def level(self, key: str) -> Tlp | None:
        """Read a TLP label, in any case, with or without `TLP:`."""
        value = self.take(key)
        if value is None:
            return None
        try:
            level = Tlp.of(value if isinstance(value, str) else "")
        except ValueError as exc:
            raise self.reject(key, "write one of: clear, green, amber, amber+strict") from exc
        return level

    def number(self, key: str, *, most: int) -> int | None:
        """Read a whole number from 0 to `most`."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.reject(key, f"write a whole number from 0 to {most}")
        return value

    def flag(self, key: str) -> bool | None:
        """Read true or false."""
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise self.reject(key, "write true or false, without quotes")
        return value

    def moment(self, key: str) -> Instant | None:
        """Read a date (its midnight UTC) or a time with its zone."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, date):
            raise self.reject(key, "write a date without quotes, as in 2031-03-01")
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if value.tzinfo is None:
            raise self.reject(key, "a time needs its zone, as in 2031-03-01T12:00:00Z")
        return Instant((value - _EPOCH) // timedelta(milliseconds=1))

    def languages(self, key: str) -> LanguageText:
        """Read `key.<language>` texts, in the order given; absent gives ()."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, dict) or not value:
            raise self.reject(key, f'name the language, as in {key}.en = "…"')
        for language, text in value.items():
            if not LANGUAGE.fullmatch(language):
                raise self.reject(f"{key}.{language[:20]}", "a language is written as in en, fr, zh-Hans")
            if not isinstance(text, str) or not text.strip():
                raise self.reject(f"{key}.{language}", "write a text in quotes")
        return tuple((language, str(text).strip()) for language, text in value.items())

    def rest(self) -> tuple[tuple[str, str], ...]:
        """Give every key nobody asked for as text; only plain values (or lists of them) can be carried."""
        return tuple((key, self._plain(key, self.take(key))) for key in self._table if key not in self._known)

    def _plain(self, key: str, value: object) -> str:
        if isinstance(value, list):
            return ", ".join(self._plain(key, entry) for entry in value if not self._nested(key, entry))
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and not math.isfinite(value):
            raise self.reject(key, "write a finite number")
        if isinstance(value, dict):
            raise self.reject(key, "only a plain value can be carried here; write it as one text")
        return str(value)

    def _nested(self, key: str, entry: object) -> bool:
        if isinstance(entry, list):
            raise self.reject(key, "only a plain value can be carried here; write it as one text")
        return False

    def done(self) -> None:
        """Refuse the first key nobody asked for."""
        for key in self._table:
            if key not in self._known:
                near = get_close_matches(key[:80], sorted(self._known), n=1)
                known = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(self._known))}"
                raise self.reject(key[:80], f"unknown key; {known}")


def short_name(text: str) -> PartyName:
    """Check that a text is a party's short name as it stands.

    Raises:
        ValueError: it is not; the message gives the name it would be.
    """
    name = party_name(text)
    if name != text:
        raise ValueError(f"write the party's short name: {name}")
    return name
