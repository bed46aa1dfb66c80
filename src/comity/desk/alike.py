"""Groups the items of one step that are alike in all that placing looks at, so that it decides once for each group.

Readers differ in what they may have, not in what the items are: the groups are found once for all readers of a step.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from comity.desk.around import Around
from comity.records.facts import GATED_TYPES, TRANSLATION, TYPE_NUMBERS
from comity.rooms.release.engine import COMPANION_TYPES
from comity.stores.placeables import Placeable
from comity.stores.tables import FRAGILE, PORTIONS

Under = Mapping[bytes, Sequence[Placeable]]


class Group(NamedTuple):
    """Items of one class of which one answer holds for all.

    `ends`: of relationships and sightings, the classes of what is held under each end, the newest first.
    """

    items: list[Placeable]
    ends: tuple[tuple[int, ...], ...]
    rows: list[tuple[int, int]]  # (number, type number)
    keys: set[bytes]
    companions: set[tuple[bytes, int]]  # (keys, source)


class Links(NamedTuple):
    """Relationships and sightings: those that only the classes of their ends tell apart, and the rest one by one.

    The rest are also all other items that stand on more than their class.
    """

    alike: list[Group]
    single: list[Placeable]
    ends: Mapping[int, list[bytes]]  # of the single ones
    under: Under  # what is held under the ends of these


class Alike:
    """The items of a step. State: the groups found so far. Good for one transaction, as what stands around is."""

    def __init__(self, around: Around, items: Iterable[Placeable]) -> None:
        self._around = around
        self.plain: dict[int, Group] = {}  # by class; these need no more than that it is permitted
        self.leaning: dict[int, list[Placeable]] = {}  # by class; these do
        plain: dict[int, list[Placeable]] = {}
        for item in items:
            (self.leaning if leans(item) else plain).setdefault(item.class_no, []).append(item)
        self.plain = {class_no: _group(alike, ()) for class_no, alike in plain.items()}
        self._links: dict[int, Links] = {}

    @property
    def class_nos(self) -> set[int]:
        """The classes of all items."""
        return {*self.plain, *self.leaning}

    def of_class(self, class_no: int) -> list[Placeable]:
        """Give the items of a class, those first that need no more."""
        plain = self.plain[class_no].items if class_no in self.plain else []
        return [*plain, *self.leaning.get(class_no, ())]

    def flagged(self, flag: int) -> list[int]:
        """Give the numbers of the items that have a flag by which they lean."""
        return [item.no for items in self.leaning.values() for item in items if item.flags & flag]

    def links(self, class_nos: Iterable[int]) -> Links:
        """Give those of the leaning items that are of these classes, in groups as far as they are alike."""
        wanted = [no for no in class_nos if no in self.leaning]
        self._find([no for no in wanted if no not in self._links])
        found = [self._links[no] for no in wanted]
        return Links(
            [group for links in found for group in links.alike],
            sorted(item for links in found for item in links.single),
            {no: ends for links in found for no, ends in links.ends.items()},
            {key: held for links in found for key, held in links.under.items()},
        )

    def _find(self, class_nos: Sequence[int]) -> None:
        asked = [item for no in class_nos for item in self.leaning[no]]
        ends, under = self._around.ends_under(asked) if asked else ({}, {})
        # By nothing but class: so that what is held under an end need not be looked at for each reader.
        told = {key: _classes(held) for key, held in under.items()}
        for class_no in class_nos:
            groups: dict[tuple[tuple[int, ...], ...], list[Placeable]] = {}
            single: list[Placeable] = []
            for item in self.leaning[class_no]:
                classes = tuple([told[key] for key in ends.get(item.no, ())])
                if item.flags & (FRAGILE | PORTIONS) or item.type == TRANSLATION or None in classes:
                    single.append(item)
                elif item.type in GATED_TYPES:
                    groups.setdefault(classes, []).append(item)  # type: ignore[arg-type]  # None is not among them
            alike = [_group(items, classes) for classes, items in groups.items()]
            own = {item.no: ends[item.no] for item in single if item.no in ends}
            self._links[class_no] = Links(
                alike, single, own, {key: under[key] for keys in own.values() for key in keys}
            )


def leans(item: Placeable) -> bool:
    """Does an item stand on more than its class: on its ends, its references or its granular portions?"""
    return item.type in GATED_TYPES or bool(item.flags & (FRAGILE | PORTIONS))


def _group(items: list[Placeable], ends: tuple[tuple[int, ...], ...]) -> Group:
    return Group(
        items,
        ends,
        [(item.no, TYPE_NUMBERS.get(item.type, 0)) for item in items],
        {item.id_key for item in items},
        {(item.companion_keys, item.source_no) for item in items if item.companion_keys},
    )


def _classes(held: Sequence[Placeable]) -> tuple[int, ...] | None:
    """Give the classes of what is held under an end, the newest first; None if more than these says what is visible."""
    if any(leans(version) or version.type in COMPANION_TYPES for version in held):
        return None
    return tuple(version.class_no for version in held)
