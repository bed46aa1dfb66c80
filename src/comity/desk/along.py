"""Decides which companions – creators, markings, extensions – come into a view, and leave it, with what names them.

A companion comes with the first object that names it, behind a gate that stands open as long as one of these does.
"""

from collections.abc import Sequence

from comity.desk.end_gates import EndGates
from comity.desk.gates import any_of
from comity.desk.placements import Placements
from comity.stores import companions, delivering, placeables
from comity.stores.companions import KEY_BYTES
from comity.stores.delivering import HeldRow
from comity.stores.placeables import Placeable


class Along:
    """What comes into one reader's view along with other items."""

    def __init__(self, here: Placements, ends: EndGates) -> None:
        self._here, self._ends = here, ends
        self._tx, self._book, self._reader_no, self._now = here.tx, here.book, here.reader_no, here.now

    def gate(self, item: Placeable) -> int | None:
        """Give the gate of a companion that something in the view names, if nothing forbids it; places nothing."""
        if (
            not self._here.rulings((item.class_no,))[item.class_no].companion
            or self._ends.portions_needed(item) is None
        ):
            return None
        gates = companions.wanted_gates(self._tx, self._reader_no, companions.wish_key(item.id_key, item.source_no))
        return self._here.open_gate(any_of(item.class_no, gates)) if gates else None

    def place(self, item: Placeable) -> bool:
        """Place a companion if something in the view names it; tells whether."""
        gate = self.gate(item)
        if gate is None:
            return False
        self._here.put(item, gate)
        return True

    def ask(self) -> list[Placeable]:
        """Place the creators and markings that the objects just placed name, if nothing forbids them; and theirs."""
        placed: list[Placeable] = []
        while wishes := self._here.wishes():
            named: dict[bytes, tuple[bytes, int]] = {}
            asked: dict[bytes, list[int]] = {}
            for key, source_no, gate in wishes:
                wish = companions.wish_key(key, source_no)
                if (wish, gate) not in self._book.wanted:
                    self._book.wanted.add((wish, gate))
                    named[wish] = (key, source_no)
                    asked.setdefault(wish, []).append(gate)
            if not asked:
                continue
            # Known from an earlier policy or not: the companion may have left the view since.
            new = companions.want(self._here.store, self._tx, self._reader_no, asked)
            keys = {key for key, _ in named.values()}
            found = placeables.placeable_under(self._tx, keys, self._here.upto, self._now)
            for wish, gates in new.items():
                key, source_no = named[wish]
                versions = [version for version in found.get(key, []) if version.source_no == source_no]
                placed += self._place_wanted(versions, gates)
        return placed

    def _place_wanted(self, versions: list[Placeable], gates: list[int]) -> list[Placeable]:
        placed: list[Placeable] = []
        rulings = self._here.rulings({version.class_no for version in versions})
        held = delivering.delivered(self._tx, self._reader_no, [version.no for version in versions])
        for version in versions:
            if not rulings[version.class_no].companion or self._ends.portions_needed(version) is None:
                continue
            gate = self._here.open_gate(any_of(version.class_no, gates))
            if gate is None:
                continue
            if version.no in held:
                delivering.regate(self._tx, self._reader_no, version.no, gate)
            elif version.no in self._here.placed:
                self._here.move(version.no, gate)
            else:
                self._here.put(version, gate)
                placed.append(version)
        return placed

    def forget(self, named: Sequence[HeldRow]) -> list[HeldRow]:
        """Take out of the view the companions that these rows named, unless others name them; and theirs."""
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
        self._here.forget_wished()
        self._book.wanted.discard((wish, gate))
        gates = companions.wanted_gates(self._tx, self._reader_no, wish)
        under = placeables.placeable_under(self._tx, [key], self._here.upto, self._now).get(key, [])
        versions = [version for version in under if version.source_no == source_no]
        held = delivering.rows_of(self._tx, [version.no for version in versions]).get(self._reader_no, {})
        gone: list[HeldRow] = []
        for version in versions:
            row = held.get(version.no)
            if row is None or not self._book.gate_keys[row.gate_no].startswith("any:"):
                continue
            left = self._here.open_gate(any_of(version.class_no, gates)) if gates else None
            if left is None:
                delivering.withdraw(self._tx, self._reader_no, [version.no], self._now)
                gone.append(row)
            else:
                delivering.regate(self._tx, self._reader_no, version.no, left)
        return gone

    def release(self, class_no: int, gate: int) -> None:
        """Put the companions of a class that is now permitted itself behind a gate of their own."""
        for no, key in self._book.gate_keys.items():
            if key.startswith(f"any:{class_no}:"):
                delivering.regate_all(self._tx, self._reader_no, no, gate)
