"""Names what is told of content that is taken in: object by object, counted, and whom an agreement lets have it."""

from typing import Literal

import msgspec

from comity.records.misp import Loss
from comity.wire.bundles import Found

JOB = "intake"  # the kind of job that takes content in beside requests
Form = Literal["stix", "misp", "csv", "mail"]
Fate = Literal["new", "changed", "upgraded", "duplicate", "quarantined"]


class Entering(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one object. `changed`: another version or content of an id that is held.

    `lists`: the warning lists that name something in it; likely false positives. What is held already has none.
    """

    fate: Fate
    id: str
    label: str
    tlp: str = ""
    reason: str = ""
    path: str = ""
    lists: tuple[str, ...] = ()


class WouldGo(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the new objects an agreement lets a party have, and under which clauses; by their class alone."""

    party: str
    count: int
    clauses: tuple[str, ...]


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """The counts add up to `objects`; the first objects and parties are listed, those that get most first.

    `losses` counts what STIX does not say of the events of MISP that were read; the first hundred are listed.
    `left_out`: a table's columns that were not taken, by their heads. `flagged` counts what warning lists name.
    """

    form: Form = "stix"

    objects: int
    counts: dict[Fate, int]
    entering: tuple[Entering, ...]
    goes_to: tuple[WouldGo, ...]
    goes_to_nobody: tuple[str, ...]
    misp_events: int = 0
    losses: int = 0
    lost: tuple[Loss, ...] = ()
    left_out: tuple[str, ...] = ()
    flagged: int = 0


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of content before anything of it is kept; reading it again need not give the same bytes."""

    form: Form
    founds: list[Found]
    misp_events: int
    losses: int
    lost: tuple[Loss, ...]
    left_out: tuple[str, ...]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the objects so far. `first_no`: where the first began; `classes` counts what is new by class."""

    first_no: int
    answer: TakenIn
    classes: dict[int, int] = {}
