"""Decides whether a name may be taken for another: letters of several scripts in it, or characters that nobody sees."""

import unicodedata
from typing import Final

# Written together in ordinary Japanese, Chinese and Korean.
_TOGETHER: Final = {"HIRAGANA", "KATAKANA", "CJK", "HANGUL", "BOPOMOFO", "HALFWIDTH", "FULLWIDTH", "KATAKANA-HIRAGANA"}


def scripts_of(name: str) -> tuple[str, ...]:
    """Give the scripts whose letters stand in a name, as Unicode names them, in order of the alphabet."""
    words = {unicodedata.name(one, "UNNAMED").split(" ")[0] for one in name if one.isalpha()}
    return tuple(sorted({"EAST ASIAN" if word in _TOGETHER else word for word in words}))


def hidden_in(name: str) -> tuple[str, ...]:
    """Give the characters of a name that are not seen or that turn its direction, by their code."""
    return tuple(sorted({f"U+{ord(one):04X}" for one in name if not one.isprintable()}))


def visible(name: str) -> str:
    """Give a name in one line, with each character that is not seen written as its code."""
    return "".join(one if one.isprintable() else f"<U+{ord(one):04X}>" for one in name)
