"""Places items before one reader: which of them become visible to it now, and behind which gate.

A plain item needs its own class permitted. A relationship or sighting needs every end held and visible as well. An
object whose references are all it says needs one of them visible; one with granular portions needs those that it can
not all be without. A companion (creator or marking) comes with the
first object that names it. All in the caller's transaction; only the sequencer calls this.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.around import Around
from comity.desk.gates import REVOKED_GATE, all_of, any_of, classes_in, gate_until, gates_in
from comity.desk.policy import ReaderBook
from comity.records.facts import GATED_TYPES, TRANSLATION, TYPE_NUMBERS, facts_of_key
from comity.rooms.release.engine import COMPANION_TYPES, Decision
from comity.rooms.release.renditions import Recipe, Rendered, render
from comity.stores import companions, delivering, placeables, policies, reading, revoking
from comity.stores.companions import KEY_BYTES
from comity.stores.delivering import HeldRow
from comity.stores.opening import Store
from comity.stores.placeables import Placeable
from comity.stores.revoking import Revoked
from comity.stores.tables import FRAGILE, PORTIONS, UPGRADE
from comity.values import Instant, id_key

_MOST_PASSES = 16  # sightings of sightings of …: deeper chains wait for the next pass


class Placer:
    """One reader's placements within one transaction. State kept consistent: gates met, items placed so far."""

    def __init__(
        self,
        store: Store,
        tx: Connection,
        book: ReaderBook,
        upto: int,
        now: Instant,
        around: Around | None = None,
    ) -> None:
        self._store, self._tx, self._book, self._upto, self._now = store, tx, book, upto, now
        self._reader_no = book.reader_no
        self._around = around or Around(tx, upto, now)
        self._seen: set[bytes] = set()
        self._looked_at: set[bytes] = set()
        self._by_ends: dict[tuple[int | str, ...], int | None] = {}
        self._newly_open: dict[int, int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._placed: dict[int, int] = {}
        self._keys: set[bytes] = set()
        self._wished: set[tuple[bytes, int, int]] = set()
        self._wishes: dict[tuple[bytes, int, int], None] = {}

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
            if gate is not None and leans(item):
                gated.append(item)
            elif gate is not None:
                self._put(item, gate)
                placed.append(item)
            elif rulings[item.class_no].companion and self._place_companion(item):
                placed.append(item)
        placed += self._place_gated(gated, portions)
        placed += self._ask_for_companions()
        return {item.id_key for item in placed}

    def place_classes(self, type_of: Mapping[int, int]) -> None:
        """Place all items of these classes whose types have no ends, those with granular portions apart.

        All in the order in which they were kept: by class, the order would tell how items of the same standing were
        classed, and so what others were granted.
        """
        gates = {no: gate for no in type_of if (gate := self._gate((no,))) is not None}
        if not gates:
            return
        self.flush()
        for class_no, gate in gates.items():
            self._release_companions(class_no, gate)
        rows = [(class_no, gate, type_of[class_no]) for class_no, gate in gates.items()]
        delivering.append_classes(self._tx, self._reader_no, rows, self._now, self._upto)
        for class_no, gate in gates.items():
            for source_no, keys in companions.companions_in_class(self._tx, class_no, self._upto, self._now):
                self._wish(keys, source_no, gate)
        self._ask_for_companions()
        self.flush()

    def gates_now(self, items: Sequence[Placeable]) -> dict[int, int]:
        """Give the gate behind which each of these stands now, for those that may be had at all; places nothing."""
        portions = self._portion_classes(items)
        self._rulings({item.class_no for item in items})
        found: dict[int, int] = {}
        gated: list[Placeable] = []
        for item in items:
            gate = self._gate((item.class_no,))
            if gate is not None and leans(item):
                gated.append(item)
                continue
            gate = self._companion_gate(item) if gate is None else gate
            if gate is not None:
                found[item.no] = gate
        ends, under = self._around.ends_under(gated)
        held = self._held_gates(under)
        for item in gated:
            held.pop(item.no, None)  # what is weighed here is no support before it has been weighed
        for _ in range(_MOST_PASSES):
            missing = [item for item in gated if item.no not in found]
            for item in missing:
                needs = (ends.get(item.no, []), portions.get(item.no, []))
                gate = self._gate_of_ends(item, *needs, under, held | found, {})
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
        self.flush()
        for item in standing:
            if gates.get(item.no, held[item.no].gate_no) != held[item.no].gate_no:
                self.move(held[item.no], gates[item.no])

    def place_revocations(self, revoked: Sequence[Revoked]) -> None:
        """Let the news of a revocation reach the reader, if it was delivered an earlier version of the same source."""
        if not revoked:
            return
        held = delivering.delivered(self._tx, self._reader_no, [record.no for record in revoked])
        for record in revoked:
            if record.no in held or record.no in self._placed:
                continue
            if not revoking.versions_served(self._tx, self._reader_no, record):
                continue
            gate = self._open_gate(REVOKED_GATE)
            if gate is not None:
                self._rows.append((record.no, gate, TYPE_NUMBERS.get(record.type, 0)))
        self.flush()

    def move(self, row: HeldRow, gate: int) -> None:
        """Put a placed item behind another gate, and what it names with it."""
        delivering.regate(self._tx, self._reader_no, row.no, gate)
        if row.companion_keys:
            self._wish(row.companion_keys, row.source_no, gate)
            self._ask_for_companions()
            self._forget_wishes([row])

    def is_revocation(self, gate_no: int) -> bool:
        """Is it the gate behind which the news of revocations stands?"""
        return self._book.gate_keys[gate_no] == REVOKED_GATE

    def drop_companions(self, lost: Iterable[HeldRow]) -> list[HeldRow]:
        """Take out of the view the companions that nothing in it names any more; gives their rows."""
        return self._forget_wishes(list(lost))

    def _forget_wishes(self, named: Sequence[HeldRow]) -> list[HeldRow]:
        every: list[HeldRow] = []
        while named:
            gone: list[HeldRow] = []
            once = {(row.companion_keys, row.source_no, row.gate_no) for row in named if row.companion_keys}
            for keys, source_no, gate in sorted(once):
                if companions.names_same(self._tx, self._reader_no, gate, source_no, keys):
                    continue
                still = companions.companions_behind(self._tx, self._reader_no, gate, source_no)
                for start in range(0, len(keys), KEY_BYTES):
                    key = keys[start : start + KEY_BYTES]
                    if key not in still:
                        gone += self._forget_wish(key, source_no, gate)
            named = gone
            every += gone
        return every

    def _forget_wish(self, key: bytes, source_no: int, gate: int) -> list[HeldRow]:
        """Strike one gate off those behind which a companion is named; gives the rows that left the view by it."""
        wish = companions.wish_key(key, source_no)
        companions.unwant(self._tx, self._reader_no, wish, gate)
        self._wished.clear()
        self._book.wanted.discard((wish, gate))
        gates = companions.wanted_gates(self._tx, self._reader_no, wish)
        under = placeables.placeable_under(self._tx, [key], self._upto, self._now).get(key, [])
        versions = [version for version in under if version.source_no == source_no]
        held = delivering.rows_of(self._tx, [version.no for version in versions]).get(self._reader_no, {})
        gone: list[HeldRow] = []
        for version in versions:
            row = held.get(version.no)
            if row is None or not self._book.gate_keys[row.gate_no].startswith("any:"):
                continue
            left = self._open_gate(any_of(version.class_no, gates)) if gates else None
            if left is None:
                delivering.withdraw(self._tx, self._reader_no, [version.no], self._now)
                gone.append(row)
            else:
                delivering.regate(self._tx, self._reader_no, version.no, left)
        return gone

    def _not_held(self, items: Sequence[Placeable], plain_gate: dict[int, int | None]) -> list[Placeable]:
        """Leave out what stands in the view; a companion that is now permitted itself gets a gate of its own."""
        held = delivering.delivered(self._tx, self._reader_no, [item.no for item in items])
        for item in items:
            gate = plain_gate[item.class_no]
            if item.no in held and gate is not None and self._book.gate_keys[held[item.no]].startswith("any:"):
                delivering.regate(self._tx, self._reader_no, item.no, gate)
                if item.companion_keys:
                    self._wish(item.companion_keys, item.source_no, gate)
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
        self._seen, self._looked_at = set(), set()

    def _put(self, item: Placeable, gate: int) -> None:
        self._rows.append((item.no, gate, TYPE_NUMBERS.get(item.type, 0)))
        self._placed[item.no] = gate
        self._keys.add(item.id_key)
        if item.companion_keys:
            self._wish(item.companion_keys, item.source_no, gate)

    def _wish(self, keys: bytes, source_no: int, gate: int) -> None:
        if (keys, source_no, gate) in self._wished:
            return
        self._wished.add((keys, source_no, gate))
        # What comes along comes from the same source: another's words under that id need a clause of their own.
        for start in range(0, len(keys), KEY_BYTES):
            self._wishes[keys[start : start + KEY_BYTES], source_no, gate] = None

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
        rulings = self._rulings(() if key == REVOKED_GATE or key.startswith("any:") else classes_in(key))
        until = gate_until(key, rulings, book.gate_keys, book.open)
        if until is None or until <= self._now:
            return None
        if no is None:
            no = book.new_gate(self._tx, key)
        book.open[no] = self._newly_open[no] = until
        return no

    def _portion_classes(self, items: Sequence[Placeable]) -> dict[int, list[int]]:
        """Give the classes of required portions; all portions are ruled on, for pages ask which of them to show."""
        nos = [item.no for item in items if item.flags & PORTIONS]
        self._rulings({no for classes in placeables.all_portions(self._tx, nos).values() for no in classes})
        return placeables.required_portions(self._tx, nos)

    def _place_gated(self, gated: list[Placeable], portions: dict[int, list[int]]) -> list[Placeable]:
        """Place what needs more than its own class, again and again while that makes further ends visible."""
        placed: list[Placeable] = []
        rulings = self._rulings({item.class_no for item in gated})
        waiting = [item for item in gated if rulings[item.class_no].outcome == "permitted"]
        ends, under = self._around.ends_under(waiting)
        self._look_at(self._around.named_by([item.no for item in waiting if item.flags & FRAGILE]))
        for _ in range(_MOST_PASSES):
            held, known = self._held_gates(under), dict[bytes, str | None]()
            left: list[Placeable] = []
            for item in waiting:
                gate = self._gate_of_ends(item, ends.get(item.no, []), portions.get(item.no, []), under, held, known)
                if gate is None:
                    left.append(item)
                else:
                    self._put(item, gate)
                    placed.append(item)
            if len(left) == len(waiting) or not any(map(leans, left)):
                break
            waiting = left
        return placed

    def _held_gates(self, under: dict[bytes, list[Placeable]]) -> dict[int, int]:
        """Give the gates of those ends that are themselves gated and placed."""
        nos = [end.no for ends in under.values() for end in ends if leans(end) or end.type in COMPANION_TYPES]
        held = delivering.delivered(self._tx, self._reader_no, nos)
        return held | {no: self._placed[no] for no in nos if no in self._placed}

    def _gate_of_ends(
        self,
        item: Placeable,
        ends: list[bytes],
        portions: list[int],
        under: dict[bytes, list[Placeable]],
        held: dict[int, int],
        known: dict[bytes, str | None],
    ) -> int | None:
        """Give the gate of an item by its ends; `known`: the gates of ends as found so far under the same `held`."""
        if item.type in GATED_TYPES and not ends:
            return None
        needed_portions = self._portions_needed(item)
        if needed_portions is None:
            return None
        portions = [*portions, *needed_portions]
        gates: list[str] = []
        for key in ends:
            if key not in known:
                known[key] = self._gate_of_end(under.get(key, []), held)
            gate = known[key]
            if gate is None:
                return None
            gates.append(gate)
        alike: tuple[int | str, ...] = (item.class_no, *gates)
        if not portions and item.type != TRANSLATION and alike in self._by_ends:
            return self._by_ends[alike]
        needed = {item.class_no, *portions, *(no for gate in gates for no in classes_in(gate))}
        through = {no for gate in gates for no in gates_in(gate)}
        for key in ends:
            if item.type == TRANSLATION:
                # Of the same source: what another posts under that id changes nothing for this one's readers.
                whole = self._classes_of_whole([end for end in under[key] if end.source_no == item.source_no])
                if whole is None:
                    return None
                needed.update(whole)
        found = self._open_gate(all_of(needed, through))
        if not portions and item.type != TRANSLATION:
            self._by_ends[alike] = found
        return found

    def _classes_of_whole(self, versions: list[Placeable]) -> set[int] | None:
        """Give the classes that all of an object needs; None if a clause drops what a translation may repeat."""
        parts = placeables.all_portions(self._tx, [version.no for version in versions if version.flags & PORTIONS])
        classes = {no for nos in parts.values() for no in nos} | {version.class_no for version in versions}
        rulings = self._rulings(classes)
        return None if any(rulings[no].redact for no in classes) else classes

    def _portions_needed(self, item: Placeable) -> list[int] | None:
        """Give the classes of those visible portions of an item that it can not all be without.

        None if nothing is left of it even now, without the references, portions and properties that the reader may not
        have: a page would leave it out, so nothing may name it either.
        """
        if not item.flags & (FRAGILE | PORTIONS):
            return []
        envelope = self._around.envelope(item.no)
        if envelope is None:
            return None
        parts = reading.portions_of(self._tx, [item.no]).get(item.no, []) if item.flags & PORTIONS else []
        rulings = self._rulings({item.class_no, *(no for _, no in parts)})
        seen = {no for _, no in parts if self._gate((no,)) is not None}
        keys = {ref: id_key(ref) for ref in envelope.refs}
        self._look_at(set(keys.values()))
        visible = {ref for ref, key in keys.items() if key in self._keys or key in self._seen}
        hidden = {ref for ref in keys if ref not in visible and ref != envelope.stix_id}
        dropped = {name for no in (item.class_no, *(no for _, no in parts)) for name in rulings[no].redact}

        def stands(without: Iterable[str]) -> bool:
            recipe = Recipe(
                upgrade=bool(item.flags & UPGRADE),
                hidden_refs=frozenset(hidden),
                hidden_portions=tuple(without),
                drop=tuple(sorted(dropped)),
            )
            return isinstance(render(envelope.parsed, recipe), Rendered)

        if not stands(marking for marking, no in parts if no not in seen):
            return None
        return sorted(seen) if seen and not stands(marking for marking, _ in parts) else []

    def _look_at(self, keys: set[bytes]) -> None:
        """Find out which of these ids the reader may have by what is written, those not asked for since the last."""
        keys = keys - self._looked_at
        self._looked_at |= keys
        if keys:
            self._seen |= reading.visible_keys(self._tx, self._reader_no, keys, self._now)

    def _gate_of_end(self, versions: list[Placeable], held: dict[int, int]) -> str | None:
        """Give the key of the gate behind which the newest visible version of an end stands; None: none is visible."""
        rulings = self._rulings({version.class_no for version in versions})
        for version in versions:
            if leans(version):
                gate = held.get(version.no)
                if gate is not None and self._book.open.get(gate, 0) > self._now:
                    key = self._book.gate_keys[gate]
                    if key.startswith("any:"):
                        return all_of((), [gate])
                    return None if key == REVOKED_GATE else key
            elif rulings[version.class_no].outcome == "permitted":
                return all_of([version.class_no])
            elif rulings[version.class_no].companion:
                gate = held.get(version.no)
                if gate is not None and self._book.open.get(gate, 0) > self._now:
                    return all_of((), [gate])
        return None

    def _companion_gate(self, item: Placeable) -> int | None:
        if not self._rulings((item.class_no,))[item.class_no].companion or self._portions_needed(item) is None:
            return None
        gates = companions.wanted_gates(self._tx, self._reader_no, companions.wish_key(item.id_key, item.source_no))
        return self._open_gate(any_of(item.class_no, gates)) if gates else None

    def _place_companion(self, item: Placeable) -> bool:
        gate = self._companion_gate(item)
        if gate is None:
            return False
        self._put(item, gate)
        return True

    def _ask_for_companions(self) -> list[Placeable]:
        """Place the creators and markings that the objects just placed name, if nothing forbids them; and theirs."""
        placed: list[Placeable] = []
        while self._wishes:
            wishes, self._wishes = self._wishes, {}
            asked: dict[tuple[bytes, int], list[int]] = {}
            for key, source_no, gate in wishes:
                wish = companions.wish_key(key, source_no)
                if (wish, gate) not in self._book.wanted:
                    self._book.wanted.add((wish, gate))
                    asked.setdefault((key, source_no), []).append(gate)
            # Known from an earlier policy or not: the companion may have left the view since.
            new = {
                named: companions.want(self._tx, self._reader_no, companions.wish_key(*named), *gates)
                for named, gates in asked.items()
            }
            keys = {key for key, _ in new}
            found = placeables.placeable_under(self._tx, keys, self._upto, self._now) if new else {}
            for (key, source_no), gates in new.items():
                versions = [version for version in found.get(key, []) if version.source_no == source_no]
                placed += self._place_wanted(versions, gates)
        return placed

    def _place_wanted(self, versions: list[Placeable], gates: list[int]) -> list[Placeable]:
        placed: list[Placeable] = []
        rulings = self._rulings({version.class_no for version in versions})
        held = delivering.delivered(self._tx, self._reader_no, [version.no for version in versions])
        for version in versions:
            if not rulings[version.class_no].companion or self._portions_needed(version) is None:
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


def leans(item: Placeable) -> bool:
    """Does an item stand on more than its class: on its ends, its references or its granular portions?"""
    return item.type in GATED_TYPES or bool(item.flags & (FRAGILE | PORTIONS))


def type_number(class_key: str) -> int | None:
    """Give the type number that all items of a class share; None where they differ (`other`) or have ends."""
    kind = facts_of_key(class_key).type
    return None if kind in GATED_TYPES else TYPE_NUMBERS.get(kind, 0)
