"""Decides the order of Traffic Light Protocol 2.0 labels, and which words name them."""

from enum import IntEnum


class Tlp(IntEnum):
    """A TLP 2.0 label; a higher number is more restrictive. Source: FIRST TLP 2.0 (August 2022)."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def word(self) -> str:
        """The label as written, in lower case: `amber+strict`."""
        return self.name.lower().replace("_", "+")

    @classmethod
    def of(cls, word: str) -> "Tlp":
        """Read a label in any case, with or without `TLP:`; TLP 1's white is clear.

        Raises:
            ValueError: not a TLP label.
        """
        plain = word.strip().lower().removeprefix("tlp:").strip().replace("_", "+").replace(" ", "+")
        try:
            return _BY_WORD[plain]
        except KeyError as exc:
            raise ValueError(f"not a TLP label: {word[:40]!r}") from exc


_BY_WORD = {level.word: level for level in Tlp} | {"white": Tlp.CLEAR}
