"""Decides which TLP levels people named in a text that is no marking: a subject, a first line, a footer."""

import re

from comity.values import Tlp

_LEVEL = re.compile(
    r"(?<![A-Za-z0-9])TLP[ \t]{0,2}[:=_-]?[ \t]{0,2}"
    r"(AMBER[+ _-]{1,3}STRICT|AMBER|RED|GREEN|CLEAR|WHITE)(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def levels_in(text: str) -> tuple[Tlp, ...]:
    """Give the levels that a text names, each once, the strictest first."""
    words = {match[1].upper() for match in _LEVEL.finditer(text)}
    return tuple(sorted({Tlp.AMBER_STRICT if "STRICT" in word else Tlp.of(word) for word in words}, reverse=True))
