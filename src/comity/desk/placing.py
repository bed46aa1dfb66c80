"""Places items before one reader: which of them become visible to it now, and behind which gate.

A plain item needs its own class permitted. A relationship or sighting needs every end held and visible as well. An
object whose references are all it says needs one of them visible; one with granular portions needs those that it can
not all be without. A companion (creator or marking) comes with the first object that names it. All in the caller's
transaction; only the sequencer calls this.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.alike import Alike, Links, leans
from comity.desk.along import Along
from comity.desk.around import Around
from comity.desk.end_gates import EndGates
from comity.desk.gates import REVOKED_GATE
from comity.desk.placements import Placements
from comity.desk.policy import ReaderBook
from comity.records.facts import GATED_TYPES, TYPE_NUMBERS, facts_of_key
from comity.stores import companions, delivering, placeables, revoking
from comity.stores.delivering import HeldRow
from comity.stores.opening import Store
from comity.stores.placeables import Placeable
from comity.stores.revoking import Revoked
from comity.stores.tables import FRAGILE, PORTIONS
from comity.values import Instant

_MOST_PASSES = 16  # sightings of sightings of …: deeper chains wait for the next pass


class Placer:
    """Places before one reader within one transaction."""

    def __init__(
        self, store: Store, tx: Connection, book: ReaderBook, upto: int, now: Instant, around: Around | None = None
    ) -> None:
        self._here = Placements(store, tx, book, upto, now, around)
        self._ends = EndGates(self._here)
        self._along = Along(self._here, self._ends)
        self._tx, self._book, self._reader_no, self._now = tx, book, book.reader_no, now

    def place(self, items: Sequence[Placeable]) -> set[bytes]:
        """Place those of these items that are not placed yet; gives the keys of those that became visible."""
        return self.place_new(Alike(self._here.around, self._not_held(items)))

    def place_new(self, items: Alike) -> set[bytes]:
        """Place items none of which is placed yet; gives the keys of those that became visible."""
        rulings = self._here.rulings(items.class_nos)
        gates = {no: self._here.gate((no,)) for no in sorted(items.class_nos)}
        portions = self._portion_classes(items.flagged(PORTIONS))
        keys: set[bytes] = set()
        for class_no, group in items.plain.items():
            gate = gates[class_no]
            if gate is not None:
                self._here.put_all(group, gate)
                keys |= group.keys
        for class_no, gate in gates.items():
            if gate is None and rulings[class_no].companion:
                keys |= {item.id_key for item in items.of_class(class_no) if self._along.place(item)}
        placed = self._place_links(items.links(no for no, gate in gates.items() if gate is not None), portions)
        return keys | placed | {item.id_key for item in self._along.ask()}

    def place_classes(self, type_of: Mapping[int, int]) -> None:
        """Place all items of these classes whose types have no ends, those with granular portions apart.

        All in the order in which they were kept: by class, the order would tell how items of the same standing were
        classed, and so what others were granted.
        """
        gates = {no: gate for no in type_of if (gate := self._here.gate((no,))) is not None}
        if not gates:
            return
        self._here.flush()
        for class_no, gate in gates.items():
            self._along.release(class_no, gate)
        rows = [(class_no, gate, type_of[class_no]) for class_no, gate in gates.items()]
        delivering.append_classes(self._tx, self._reader_no, rows, self._now, self._here.upto)
        for class_no, gate in gates.items():
            for source_no, keys in companions.companions_in_class(self._tx, class_no, self._here.upto, self._now):
                self._here.wish(keys, source_no, gate)
        self._along.ask()
        self._here.flush()

    def gates_now(self, items: Sequence[Placeable]) -> dict[int, int]:
        """Give the gate behind which each of these stands now, for those that may be had at all; places nothing."""
        portions = self._portion_classes([item.no for item in items if item.flags & PORTIONS])
        self._here.rulings({item.class_no for item in items})
        found: dict[int, int] = {}
        gated: list[Placeable] = []
        for item in items:
            gate = self._here.gate((item.class_no,))
            if gate is not None and leans(item):
                gated.append(item)
                continue
            gate = self._along.gate(item) if gate is None else gate
            if gate is not None:
                found[item.no] = gate
        ends, under = self._here.around.ends_under(gated)
        held = self._ends.held_gates(under)
        for item in gated:
            held.pop(item.no, None)  # what is weighed here is no support before it has been weighed
        for _ in range(_MOST_PASSES):
            missing = [item for item in gated if item.no not in found]
            for item in missing:
                needs = (ends.get(item.no, []), portions.get(item.no, []))
                gate = self._ends.gate_of_ends(item, *needs, under, held | found, {})
                if gate is not None:
                    found[item.no] = gate
            if len(missing) == sum(item.no not in found for item in gated):
                break
        return found

    def follow_ends(self, linked: Sequence[Placeable]) -> None:
        """Put placed relationships and sightings behind the gates of their ends' newest visible versions.

        Otherwise a gate would tell of the past: which version of an end was visible when the relationship was placed.
        """
        gated = [item for item in linked if item.type in GATED_TYPES]
        held = delivering.rows_of(self._tx, [item.no for item in gated]).get(self._reader_no, {})
        standing = [item for item in gated if item.no in held]
        gates = self.gates_now(standing)
        self._here.flush()
        for item in standing:
            if gates.get(item.no, held[item.no].gate_no) != held[item.no].gate_no:
                self.move(held[item.no], gates[item.no])

    def place_revocations(self, revoked: Sequence[Revoked]) -> None:
        """Let the news of a revocation reach the reader, if it was delivered an earlier version of the same source."""
        if not revoked:
            return
        held = delivering.delivered(self._tx, self._reader_no, [record.no for record in revoked])
        for record in revoked:
            if record.no in held or record.no in self._here.placed:
                continue
            if not revoking.versions_served(self._tx, self._reader_no, record):
                continue
            gate = self._here.open_gate(REVOKED_GATE)
            if gate is not None:
                self._here.put_revocation(record, gate)
        self._here.flush()

    def move(self, row: HeldRow, gate: int) -> None:
        """Put a placed item behind another gate, and what it names with it."""
        delivering.regate(self._tx, self._reader_no, row.no, gate)
        if row.companion_keys:
            self._here.wish(row.companion_keys, row.source_no, gate)
            self._along.ask()
            self._along.forget([row])

    def is_revocation(self, gate_no: int) -> bool:
        """Is it the gate behind which the news of revocations stands?"""
        return self._book.gate_keys[gate_no] == REVOKED_GATE

    def drop_companions(self, lost: Iterable[HeldRow]) -> list[HeldRow]:
        """Take out of the view the companions that nothing in it names any more; gives their rows."""
        return self._along.forget(list(lost))

    def flush(self) -> None:
        """Write what was placed, in the order of the records' numbers."""
        self._here.flush()

    def _not_held(self, items: Sequence[Placeable]) -> list[Placeable]:
        """Leave out what stands in the view; a companion that is now permitted itself gets a gate of its own."""
        gates = {no: self._here.gate((no,)) for no in sorted({item.class_no for item in items})}
        held = delivering.delivered(self._tx, self._reader_no, [item.no for item in items])
        for item in items:
            gate = gates[item.class_no]
            if item.no in held and gate is not None and self._book.gate_keys[held[item.no]].startswith("any:"):
                delivering.regate(self._tx, self._reader_no, item.no, gate)
                if item.companion_keys:
                    self._here.wish(item.companion_keys, item.source_no, gate)
        return [item for item in items if item.no not in held]

    def _portion_classes(self, nos: Sequence[int]) -> dict[int, list[int]]:
        """Give the classes of required portions; all portions are ruled on, for pages ask which of them to show."""
        self._here.rulings({no for classes in placeables.all_portions(self._tx, nos).values() for no in classes})
        return placeables.required_portions(self._tx, nos)

    def _place_links(self, links: Links, portions: dict[int, list[int]]) -> set[bytes]:
        """Place what needs more than its own class, again and again while that makes further ends visible."""
        keys: set[bytes] = set()
        alike = [(group, self._ends.key_of_classes(group.items[0].class_no, group.ends)) for group in links.alike]
        open_now = self._here.open_gates(dict.fromkeys(key for _, key in alike if key is not None))
        for group, key in alike:
            gate = None if key is None else open_now.get(key)
            if gate is not None:
                self._here.put_all(group, gate)
                keys |= group.keys
        waiting = links.single
        if not waiting:
            return keys
        self._here.look_at(self._here.around.named_by([item.no for item in waiting if item.flags & FRAGILE]))
        for _ in range(_MOST_PASSES):
            held, known = self._ends.held_gates(links.under), dict[bytes, str | None]()
            left: list[Placeable] = []
            for item in waiting:
                needs = (links.ends.get(item.no, []), portions.get(item.no, []))
                gate = self._ends.gate_of_ends(item, *needs, links.under, held, known)
                if gate is None:
                    left.append(item)
                else:
                    self._here.put(item, gate)
                    keys.add(item.id_key)
            if len(left) == len(waiting):
                break
            waiting = left
        return keys


def type_number(class_key: str) -> int | None:
    """Give the type number that all items of a class share; None where they differ (`other`) or have ends."""
    kind = facts_of_key(class_key).type
    return None if kind in GATED_TYPES else TYPE_NUMBERS.get(kind, 0)
