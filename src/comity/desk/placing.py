"""Places items before one reader: which of them become visible to it now, and behind which gate.

A plain item needs its own class permitted. A relationship or sighting needs every end held and visible as well. An
object whose references are all it says needs one of them visible. A companion (creator or marking) comes with the
first object that names it. All in the caller's transaction; only the sequencer calls this.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.gates import all_of, any_of, classes_in, gate_until
from comity.desk.policy import ReaderBook
from comity.records.facts import GATED_TYPES, TRANSLATION, TYPE_NUMBERS, facts_of_key
from comity.rooms.release.engine import Decision
from comity.stores import delivering, policies
from comity.stores.delivering import Placeable
from comity.stores.opening import Store
from comity.stores.tables import PORTIONS
from comity.values import Instant

KEY_BYTES = 16
_MOST_PASSES = 16  # sightings of sightings of …: deeper chains wait for the next pass


class Placer:
    """One reader's placements within one transaction. State kept consistent: gates met, items placed so far."""

    def __init__(self, store: Store, tx: Connection, book: ReaderBook, upto: int, now: Instant) -> None:
        self._store, self._tx, self._book, self._upto, self._now = store, tx, book, upto, now
        self._reader_no = book.reader_no
        self._newly_open: dict[int, int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._placed: dict[int, int] = {}
        self._wishes: dict[tuple[bytes, int], None] = {}

    def place(self, items: Sequence[Placeable], *, maybe_held: bool) -> set[bytes]:
        """Place these items; gives the keys of those that became visible. `maybe_held`: some may be placed already."""
        rulings = self._rulings({item.class_no for item in items})
        plain_gate = {no: self._gate((no,)) for no in sorted({item.class_no for item in items})}
        if maybe_held:
            items = self._not_held(items, plain_gate)
        portions = self._portion_classes(items)
        gated: list[Placeable] = []
        placed: list[Placeable] = []
        for item in items:
            gate = plain_gate[item.class_no]
            if item.type in GATED_TYPES or item.no in portions:
                gated.append(item)
            elif gate is not None:
                self._put(item, gate)
                placed.append(item)
            elif rulings[item.class_no].companion and self._place_companion(item):
                placed.append(item)
        placed += self._place_gated(gated, portions)
        placed += self._ask_for_companions()
        return {item.id_key for item in placed}

    def place_class(self, class_no: int, type_no: int) -> int:
        """Place all items of a class whose type has no ends; gives how many, those with granular portions apart."""
        gate = self._gate((class_no,))
        if gate is None:
            return 0
        self.flush()
        self._release_companions(class_no, gate)
        count = delivering.append_class(self._tx, self._reader_no, class_no, gate, type_no, self._now, self._upto)
        for keys in delivering.companions_in_class(self._tx, class_no):
            self._wish(keys, gate)
        self._ask_for_companions()
        self.flush()
        return count

    def _not_held(self, items: Sequence[Placeable], plain_gate: dict[int, int | None]) -> list[Placeable]:
        """Leave out what stands in the view; a companion that is now permitted itself gets a gate of its own."""
        held = delivering.delivered(self._tx, self._reader_no, [item.no for item in items])
        for item in items:
            gate = plain_gate[item.class_no]
            if item.no in held and gate is not None and self._book.gate_keys[held[item.no]].startswith("any:"):
                delivering.regate(self._tx, self._reader_no, item.no, gate)
        return [item for item in items if item.no not in held]

    def _release_companions(self, class_no: int, gate: int) -> None:
        for no, key in self._book.gate_keys.items():
            if key.startswith(f"any:{class_no}:"):
                delivering.regate_all(self._tx, self._reader_no, no, gate)

    def flush(self) -> None:
        """Write what was placed, in the order of the records' numbers."""
        policies.add_open(self._store, self._tx, self._reader_no, self._newly_open)
        delivering.append(self._store, self._tx, self._reader_no, sorted(self._rows), self._now)
        self._rows, self._newly_open = [], {}

    def _put(self, item: Placeable, gate: int) -> None:
        self._rows.append((item.no, gate, TYPE_NUMBERS.get(item.type, 0)))
        self._placed[item.no] = gate
        if item.companion_keys:
            self._wish(item.companion_keys, gate)

    def _wish(self, keys: bytes, gate: int) -> None:
        for start in range(0, len(keys), KEY_BYTES):
            self._wishes[(keys[start : start + KEY_BYTES], gate)] = None

    def _rulings(self, class_nos: Iterable[int]) -> Mapping[int, Decision]:
        return self._book.rulings(self._store, self._tx, class_nos)

    def _gate(self, class_nos: Iterable[int]) -> int | None:
        """Give the gate of these classes, opened for this reader; None if one of them is not permitted."""
        return self._open_gate(all_of(class_nos))

    def _open_gate(self, key: str) -> int | None:
        book = self._book
        no = book.gate_nos.get(key)
        if no is not None and no in book.open:
            return no if book.open[no] > self._now else None
        rulings = self._rulings(() if key.startswith("any:") else classes_in(key))
        until = gate_until(key, rulings, book.gate_keys)
        if until is None or until <= self._now:
            return None
        if no is None:
            no = book.new_gate(self._tx, key)
        book.open[no] = self._newly_open[no] = until
        return no

    def _portion_classes(self, items: Sequence[Placeable]) -> dict[int, list[int]]:
        return delivering.required_portions(self._tx, [item.no for item in items if item.flags & PORTIONS])

    def _place_gated(self, gated: list[Placeable], portions: dict[int, list[int]]) -> list[Placeable]:
        """Place what needs more than its own class, again and again while that makes further ends visible."""
        placed: list[Placeable] = []
        rulings = self._rulings({item.class_no for item in gated})
        waiting = [item for item in gated if rulings[item.class_no].outcome == "permitted"]
        ends = delivering.ends_of(self._tx, [item.no for item in waiting if item.type in GATED_TYPES])
        under = delivering.placeable_under(
            self._tx, {key for keys in ends.values() for key in keys}, self._upto, self._now
        )
        for _ in range(_MOST_PASSES):
            held = self._held_gates(under)
            left: list[Placeable] = []
            for item in waiting:
                gate = self._gate_of_ends(item, ends.get(item.no, []), portions.get(item.no, []), under, held)
                if gate is None:
                    left.append(item)
                else:
                    self._put(item, gate)
                    placed.append(item)
            if len(left) == len(waiting) or not any(item.type in GATED_TYPES for item in left):
                break
            waiting = left
        return placed

    def _held_gates(self, under: dict[bytes, list[Placeable]]) -> dict[int, int]:
        """Give the gates of those ends that are themselves gated and placed."""
        nos = [end.no for ends in under.values() for end in ends if end.type in GATED_TYPES]
        held = delivering.delivered(self._tx, self._reader_no, nos)
        return held | {no: self._placed[no] for no in nos if no in self._placed}

    def _gate_of_ends(
        self,
        item: Placeable,
        ends: list[bytes],
        portions: list[int],
        under: dict[bytes, list[Placeable]],
        held: dict[int, int],
    ) -> int | None:
        needed = {item.class_no, *portions}
        if item.type in GATED_TYPES and not ends:
            return None
        for key in ends:
            classes = self._classes_of_end(under.get(key, []), held)
            if classes is None:
                return None
            needed.update(classes)
            if item.type == TRANSLATION:
                whole = self._classes_of_whole(under[key])
                if whole is None:
                    return None
                needed.update(whole)
        return self._gate(needed)

    def _classes_of_whole(self, versions: list[Placeable]) -> set[int] | None:
        """Give the classes that all of an object needs; None if a clause drops what a translation may repeat."""
        parts = delivering.all_portions(self._tx, [version.no for version in versions if version.flags & PORTIONS])
        classes = {no for nos in parts.values() for no in nos} | {version.class_no for version in versions}
        rulings = self._rulings(classes)
        return None if any(rulings[no].redact for no in classes) else classes

    def _classes_of_end(self, versions: list[Placeable], held: dict[int, int]) -> tuple[int, ...] | None:
        """Give the classes behind which the newest visible version of an end stands; None if none is visible."""
        rulings = self._rulings({version.class_no for version in versions})
        for version in versions:
            if version.type in GATED_TYPES:
                gate = held.get(version.no)
                if gate is not None and self._book.open.get(gate, 0) > self._now:
                    return classes_in(self._book.gate_keys[gate])
            elif rulings[version.class_no].outcome == "permitted":
                return (version.class_no,)
        return None

    def _place_companion(self, item: Placeable) -> bool:
        gates = delivering.wanted_gates(self._tx, self._reader_no, item.id_key)
        gate = self._open_gate(any_of(item.class_no, gates)) if gates else None
        if gate is None:
            return False
        self._put(item, gate)
        return True

    def _ask_for_companions(self) -> list[Placeable]:
        """Place the creators and markings that the objects just placed name, if nothing forbids them; and theirs."""
        placed: list[Placeable] = []
        while self._wishes:
            wishes, self._wishes = self._wishes, {}
            new: dict[bytes, list[int]] = {}
            for key, gate in wishes:
                if (key, gate) in self._book.wanted:
                    continue
                self._book.wanted.add((key, gate))
                gates = delivering.want(self._tx, self._reader_no, key, gate)
                if gates is not None:
                    new[key] = gates
            found = delivering.placeable_under(self._tx, new, self._upto, self._now) if new else {}
            for key, versions in found.items():
                placed += self._place_wanted(versions, new[key])
        return placed

    def _place_wanted(self, versions: list[Placeable], gates: list[int]) -> list[Placeable]:
        placed: list[Placeable] = []
        rulings = self._rulings({version.class_no for version in versions})
        held = delivering.delivered(self._tx, self._reader_no, [version.no for version in versions])
        for version in versions:
            if not rulings[version.class_no].companion:
                continue
            gate = self._open_gate(any_of(version.class_no, gates))
            if gate is None:
                continue
            if version.no in held:
                delivering.regate(self._tx, self._reader_no, version.no, gate)
            elif version.no in self._placed:
                self._rows = [(no, gate if no == version.no else old, kind) for no, old, kind in self._rows]
            else:
                self._put(version, gate)
                placed.append(version)
        return placed


def type_number(class_key: str) -> int | None:
    """Give the type number that all items of a class share; None where they differ (`other`) or have ends."""
    kind = facts_of_key(class_key).type
    return None if kind in GATED_TYPES else TYPE_NUMBERS.get(kind, 0)
