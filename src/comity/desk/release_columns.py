"""Decides into which column of the release matrix a class of items falls, and which classes were asked for."""

from collections.abc import Mapping

from comity.errors import UsageError
from comity.records.facts import ClassFacts, facts_of_key
from comity.values import Tlp

PERSONAL = "personal"
COLUMNS = (
    "indicator",
    "observation",
    "threat",
    "vulnerability",
    "defence",
    "incident",
    "entity",
    "link",
    "meta",
    "other",
)
ALL_COLUMNS = (*COLUMNS, PERSONAL)
LEVELS = tuple(level.word for level in Tlp)


def column_of(facts: ClassFacts) -> str:
    """Give the column: what holds personal data, or may, stands apart from its category."""
    return facts.category if facts.personal == "no" else PERSONAL


def chosen(keys: Mapping[int, str], column: str | None, tlp: str | None) -> dict[int, ClassFacts]:
    """Give the facts of those classes that fall into a column and bear a level; None takes any.

    Raises:
        UsageError: there is no such column or level.
    """
    if column is not None and column not in ALL_COLUMNS:
        raise UsageError("there is no column {column}", column=column)
    if tlp is not None and tlp not in LEVELS:
        raise UsageError("there is no level TLP:{level}", level=tlp)
    read = {no: facts_of_key(key) for no, key in keys.items()}
    return {
        no: facts
        for no, facts in read.items()
        if (column is None or column_of(facts) == column) and (tlp is None or facts.tlp.word == tlp)
    }
