"""Decides which items show more to whom than before, after they were classed anew: a portion or a property was freed.

Not a verb: classing anew shares it. What shows more comes to the reader's present, so that a client whose date has
passed finds it; what shows less, or the same, stays at its date.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.policy import GateBook, ReaderBook, load_policy
from comity.rooms.release.engine import Decision
from comity.stores import delivering, keeping, placeables, redacting
from comity.stores.opening import Store
from comity.stores.placeables import Parts
from comity.values import Instant


class Shown:
    """What readers were shown of some records before they were classed anew, by class and portions."""

    def __init__(self, readers: Mapping[int, Sequence[int]], parts: Mapping[int, Parts]) -> None:
        self._readers, self._parts = readers, parts

    @classmethod
    def before(cls, tx: Connection, nos: Sequence[int]) -> "Shown":
        """Remember the classes of those of these records that stand in some view."""
        rows = delivering.rows_of(tx, nos)
        readers = {reader_no: sorted(held) for reader_no, held in rows.items()}
        held = sorted({no for nos in readers.values() for no in nos})
        return cls(readers, placeables.parts_of(tx, held))

    def queue_fuller(self, store: Store, tx: Connection, now: Instant) -> None:
        """Queue those that show more now, reader by reader, and note what was dropped until now."""
        if not self._readers:
            return
        after = placeables.parts_of(tx, sorted(self._parts))
        policy, gates = load_policy(tx, now), GateBook(tx)
        for reader_no, stood in self._readers.items():
            nos = [no for no in stood if after[no].class_no]  # what was erased meanwhile has none
            wanted = {no for parts in (self._parts, after) for held in nos for no in parts[held].classes}
            rulings = ReaderBook(tx, policy, gates, reader_no).rulings(store, tx, wanted)
            for no in nos:
                was, now_is = _hidden(self._parts[no], rulings), _hidden(after[no], rulings)
                if was - now_is:
                    keeping.mark(tx, "anew", no, reader_no)
                dropped = {name for kind, name in was if kind == "property"}
                if dropped and self._parts[no].class_no != after[no].class_no:
                    redacting.note_dropped(tx, reader_no, {after[no].class_no: dropped})


def _hidden(parts: Parts, rulings: Mapping[int, Decision]) -> set[tuple[str, str]]:
    """Give what is not shown: portions by their marking, properties by their name."""
    portions = {("portion", marking) for marking, no in parts.portions if rulings[no].outcome != "permitted"}
    return portions | {("property", name) for no in parts.classes for name in rulings[no].redact}
