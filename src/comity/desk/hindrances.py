"""Finds what holds an item back besides its own class: an end, its references, an instant, a portion.

Not a verb: explanations ask it. For a party that has a view the view is the answer; for one that has none, what stands
on other items is followed as far as it goes.
"""

from functools import cached_property
from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.policy import Policy, decide
from comity.records.envelope import read_envelope
from comity.records.facts import GATED_TYPES
from comity.rooms.release.engine import Decision
from comity.rooms.release.renditions import Recipe, Rendered, render
from comity.stores import keeping, numbering, placeables, policies, reading
from comity.stores.keeping import HeldRecord
from comity.stores.tables import FRAGILE, PORTIONS, UPGRADE
from comity.values import Instant, PartyName, id_key, iso

Hindrance = Literal[
    "embargo", "expired", "end-not-held", "end-not-visible", "references-not-visible", "required-property", "portion"
]  # fmt: skip
_DEEPEST = 16


class Hindered(msgspec.Struct, frozen=True, kw_only=True):
    """Something besides the item's own class that holds it back: an end of a relationship, an instant, a portion."""

    by: Hindrance
    what: str = ""
    sentence: str = ""


class Looking:
    """One look at what one party may have at one instant."""

    def __init__(self, tx: Connection, policy: Policy, reader: PartyName, reader_no: int, now: Instant) -> None:
        self._tx, self._policy, self._reader, self._reader_no, self._now = tx, policy, reader, reader_no, now

    def hindrances(self, held: HeldRecord, depth: int = 0) -> list[Hindered]:
        """Give all that holds an item back besides its class."""
        found = [*self._instants(held), *self._ends(held, depth), *self._portions(held)]
        if held.flags & FRAGILE and not self._says_something(held, depth):
            words = f"it only speaks of other items, none of which is visible to {self._reader}."
            found.append(Hindered(by="references-not-visible", sentence=words))
        elif held.flags & PORTIONS and not found and not self._says_something(held, depth, self._hidden_portions(held)):
            words = "nothing is left of it without the portions and references that may not be released."
            found.append(Hindered(by="portion", sentence=words))
        return found

    @cached_property
    def _has_view(self) -> bool:
        return reading.view_ids(self._tx, self._reader_no) is not None

    def _instants(self, held: HeldRecord) -> list[Hindered]:
        found = []
        if held.embargo_ms is not None and held.embargo_ms > self._now:
            until = iso(Instant(held.embargo_ms))
            found.append(Hindered(by="embargo", what=until, sentence=f"it is under embargo until {until}."))
        if held.expires_ms is not None and held.expires_ms <= self._now:
            ended = iso(Instant(held.expires_ms))
            found.append(Hindered(by="expired", what=ended, sentence=f"its marking ended on {ended}."))
        return found

    def _ends(self, held: HeldRecord, depth: int) -> list[Hindered]:
        """Name the ends of a relationship or sighting that are not held, or not visible to the reader."""
        if held.type not in GATED_TYPES:
            return []
        found = []
        for end in keeping.ends_named(self._tx, held):
            classes = self._classes_under(end.key)
            if not classes:
                words = f"its end {end.stix_id} is not held."
                found.append(Hindered(by="end-not-held", what=end.stix_id, sentence=words))
            elif not self._is_visible(end.key, depth):
                first: Decision = decide(self._policy, self._reader, policies.class_keys(self._tx, classes))[classes[0]]
                clauses = ", ".join(first.clauses) or "no clause reaches it"
                words = f"its end {end.stix_id} is not visible to {self._reader} ({clauses})."
                found.append(Hindered(by="end-not-visible", what=end.stix_id, sentence=words))
        return found

    def _portions(self, held: HeldRecord) -> list[Hindered]:
        """Name the granular portions without which the item is nothing and which the reader may not have."""
        classes = placeables.required_portions(self._tx, [held.no]).get(held.no, [])
        ruled = decide(self._policy, self._reader, policies.class_keys(self._tx, classes))
        words = "a required portion of it may not be released."
        return [
            Hindered(by="portion", what=", ".join(ruling.clauses), sentence=words)
            for ruling in ruled.values()
            if ruling.outcome != "permitted"
        ]

    def _hidden_portions(self, held: HeldRecord) -> tuple[str, ...]:
        parts = reading.portions_of(self._tx, [held.no]).get(held.no, [])
        ruled = decide(self._policy, self._reader, policies.class_keys(self._tx, [no for _, no in parts]))
        return tuple(marking for marking, no in parts if ruled[no].outcome != "permitted")

    def _says_something(self, held: HeldRecord, depth: int, hidden_portions: tuple[str, ...] = ()) -> bool:
        if held.body is None:
            return False
        envelope = read_envelope(held.body)
        others = [ref for ref in envelope.refs if ref != envelope.stix_id]
        hidden = frozenset(ref for ref in others if not self._is_visible(id_key(ref), depth))
        recipe = Recipe(upgrade=bool(held.flags & UPGRADE), hidden_refs=hidden, hidden_portions=hidden_portions)
        return isinstance(render(envelope.parsed, recipe), Rendered)

    def _classes_under(self, key: bytes) -> list[int]:
        upto = numbering.last_numbered(self._tx)
        versions = placeables.placeable_under(self._tx, [key], upto, self._now).get(key, [])
        return [version.class_no for version in versions]

    def _is_visible(self, key: bytes, depth: int) -> bool:
        if self._has_view:
            return key in reading.visible_keys(self._tx, self._reader_no, [key], self._now)
        if depth >= _DEEPEST:
            return False
        upto = numbering.last_numbered(self._tx)
        for version in placeables.placeable_under(self._tx, [key], upto, self._now).get(key, []):
            ruled = decide(self._policy, self._reader, policies.class_keys(self._tx, [version.class_no]))
            held = keeping.held_record(self._tx, version.no)
            permitted = ruled[version.class_no].outcome == "permitted"
            if permitted and held is not None and not self.hindrances(held, depth + 1):
                return True
        return False
