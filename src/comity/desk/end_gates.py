"""Decides behind which gate an item stands that needs more than its class: ends, references, granular portions."""

from collections.abc import Iterable, Mapping, Sequence

from comity.desk.alike import leans
from comity.desk.gates import REVOKED_GATE, all_of, classes_in, gates_in
from comity.desk.placements import Placements
from comity.records.facts import GATED_TYPES, TRANSLATION
from comity.rooms.release.engine import COMPANION_TYPES
from comity.rooms.release.renditions import Recipe, Rendered, render
from comity.stores import delivering, placeables, reading
from comity.stores.placeables import Placeable
from comity.stores.tables import FRAGILE, PORTIONS, UPGRADE
from comity.values import id_key

Under = Mapping[bytes, Sequence[Placeable]]

_MOST_REMEMBERED = 100_000


class EndGates:
    """The gates of one reader's items by what these stand on. State: those found for equal classes of equal ends."""

    def __init__(self, here: Placements) -> None:
        self._here = here
        self._tx, self._book, self._reader_no, self._now = here.tx, here.book, here.reader_no, here.now
        self._by_ends: dict[tuple[int | str, ...], int | None] = {}

    def held_gates(self, under: Under) -> dict[int, int]:
        """Give the gates of those ends that are themselves gated and placed."""
        nos = [end.no for ends in under.values() for end in ends if leans(end) or end.type in COMPANION_TYPES]
        held = delivering.delivered(self._tx, self._reader_no, nos)
        return held | {no: self._here.placed[no] for no in nos if no in self._here.placed}

    def gate_of_ends(
        self,
        item: Placeable,
        ends: list[bytes],
        portions: list[int],
        under: Under,
        held: dict[int, int],
        known: dict[bytes, str | None],
    ) -> int | None:
        """Give the gate of an item by its ends; `known`: the gates of ends as found so far under the same `held`."""
        if item.type in GATED_TYPES and not ends:
            return None
        needed_portions = self.portions_needed(item)
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
        found = self._here.open_gate(all_of(needed, through))
        if not portions and item.type != TRANSLATION:
            self._by_ends[alike] = found
        return found

    def key_of_classes(self, class_no: int, ends: tuple[tuple[int, ...], ...]) -> str | None:
        """Give the key of the gate of items of a class of whose ends only the classes tell, the newest version first.

        None if an end has no visible version.
        """
        alike, known = (class_no, ends), self._book.links
        if alike not in known:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            known[alike] = self._key_of_classes(class_no, ends)
        return known[alike]

    def _key_of_classes(self, class_no: int, ends: tuple[tuple[int, ...], ...]) -> str | None:
        rulings = self._here.rulings({class_no, *(no for versions in ends for no in versions)})
        needed = {class_no}
        for versions in ends:
            visible = [no for no in versions if rulings[no].outcome == "permitted"]
            if not visible:
                return None
            needed.add(visible[0])
        return all_of(needed) if ends else None

    def portions_needed(self, item: Placeable) -> list[int] | None:
        """Give the classes of those visible portions of an item that it can not all be without.

        None if nothing is left of it even now, without the references, portions and properties that the reader may not
        have: a page would leave it out, so nothing may name it either.
        """
        if not item.flags & (FRAGILE | PORTIONS):
            return []
        envelope = self._here.around.envelope(item.no)
        if envelope is None:
            return None
        parts = reading.portions_of(self._tx, [item.no]).get(item.no, []) if item.flags & PORTIONS else []
        rulings = self._here.rulings({item.class_no, *(no for _, no in parts)})
        seen = {no for _, no in parts if self._here.gate((no,)) is not None}
        keys = {ref: id_key(ref) for ref in envelope.refs}
        self._here.look_at(set(keys.values()))
        visible = {ref for ref, key in keys.items() if self._here.is_seen(key)}
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

    def _classes_of_whole(self, versions: Sequence[Placeable]) -> set[int] | None:
        """Give the classes that all of an object needs; None if a clause drops what a translation may repeat."""
        parts = placeables.all_portions(self._tx, [version.no for version in versions if version.flags & PORTIONS])
        classes = {no for nos in parts.values() for no in nos} | {version.class_no for version in versions}
        rulings = self._here.rulings(classes)
        return None if any(rulings[no].redact for no in classes) else classes

    def _gate_of_end(self, versions: Sequence[Placeable], held: dict[int, int]) -> str | None:
        """Give the key of the gate behind which the newest visible version of an end stands; None: none is visible."""
        rulings = self._here.rulings({version.class_no for version in versions})
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
