"""Looks up what stands around the records of one step, once for all the readers before whom they are placed.

Which ends a record needs and what is held under them is the same for every reader; only which of it may be seen is not.
Good for one transaction in which records themselves do not change.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from comity.records.envelope import Envelope, read_envelope
from comity.records.facts import GATED_TYPES
from comity.stores import placeables
from comity.stores.placeables import Placeable
from comity.values import Instant, id_key

_MOST_REMEMBERED = 50_000
_MOST_READ = 2_000


class Around:
    """What was looked up in this step: each record's ends and content, and what is held under each key."""

    def __init__(self, tx: Connection, upto: int, now: Instant) -> None:
        self._tx, self._upto, self._now = tx, upto, now
        self._ends: dict[int, list[bytes]] = {}
        self._under: dict[bytes, list[Placeable]] = {}
        self._envelopes: dict[int, Envelope | None] = {}

    def add_ends(self, ends: Mapping[int, list[bytes]]) -> None:
        """Be told the ends of relationships and sightings, instead of asking for them."""
        self._ends |= ends

    def ends_under(self, gated: Sequence[Placeable]) -> tuple[dict[int, list[bytes]], dict[bytes, list[Placeable]]]:
        """Give the ends that each needs, and what is held under each end."""
        if len(self._ends) + len(self._under) > _MOST_REMEMBERED:
            self._ends, self._under = {}, {}
        nos = [item.no for item in gated if item.type in GATED_TYPES]
        missing = [no for no in nos if no not in self._ends]
        self._ends |= {no: [] for no in missing} | placeables.ends_of(self._tx, missing)
        ends = {no: self._ends[no] for no in nos}
        keys = {key for named in ends.values() for key in named}
        unknown = keys - self._under.keys()
        found = placeables.placeable_under(self._tx, unknown, self._upto, self._now)
        self._under |= {key: [] for key in unknown} | found
        return ends, {key: self._under[key] for key in keys}

    def envelope(self, no: int) -> Envelope | None:
        """Read a record; None if its content is gone."""
        self._read([no])
        return self._envelopes[no]

    def named_by(self, nos: Sequence[int]) -> set[bytes]:
        """Give the keys of all ids that these records name."""
        self._read(nos)
        found = (self._envelopes[no] for no in nos)
        return {id_key(ref) for envelope in found if envelope is not None for ref in envelope.refs}

    def _read(self, nos: Sequence[int]) -> None:
        missing = [no for no in nos if no not in self._envelopes]
        if not missing:
            return
        if len(self._envelopes) > _MOST_READ:
            self._envelopes = {no: self._envelopes[no] for no in nos if no in self._envelopes}
        bodies = placeables.bodies_of(self._tx, missing)
        self._envelopes |= {no: read_envelope(bodies[no]) if no in bodies else None for no in missing}
