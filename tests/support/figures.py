"""Puts the figures of fault tests into the test report: a line for each fault at its end, a property in its JUnit form.

What several tests report under one fault is added up, whichever workers they ran in. What a failed test reported is
left out: the failure itself is the report then.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable

PROPERTY = "figure"


class Figures:
    """Reports of one test how often what happened; counts are named by words with underscores for spaces."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def __call__(self, fault: str, **counts: int) -> None:
        """Report counts under a fault."""
        self._record(PROPERTY, json.dumps([fault, counts]))
        print(line(fault, Counter(counts)))


def named(counts: Counter[str]) -> dict[str, int]:
    """Name counts as a report does."""
    return {word.replace(" ", "_").replace("'", ""): count for word, count in sorted(counts.items())}


def lines(properties: Iterable[tuple[str, object]]) -> list[str]:
    """Give a line for each fault, of all that tests reported."""
    found: dict[str, Counter[str]] = {}
    for name, value in properties:
        if name == PROPERTY:
            fault, counts = json.loads(str(value))
            whole = found.setdefault(fault, Counter())
            for word, count in counts.items():
                whole[word] += count
    return [line(fault, counts) for fault, counts in sorted(found.items())]


def line(fault: str, counts: Counter[str]) -> str:
    """Write one fault with its counts."""
    return f"{fault}: " + ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in counts.items())
