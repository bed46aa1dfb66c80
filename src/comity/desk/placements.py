"""Keeps what one reader is given within one transaction, and opens the gates behind which it stands."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from comity.desk.alike import Group
from comity.desk.around import Around
from comity.desk.gates import REVOKED_GATE, all_of, classes_in, gate_until
from comity.desk.policy import ReaderBook
from comity.records.facts import TYPE_NUMBERS
from comity.rooms.release.engine import Decision
from comity.stores import delivering, policies, reading
from comity.stores.companions import KEY_BYTES
from comity.stores.opening import Store
from comity.stores.placeables import Placeable
from comity.stores.revoking import Revoked
from comity.values import Instant


class Placements:
    """One reader's placements. State kept consistent: gates met, items placed so far, companions asked for.

    `placed`: the gate of each item placed by this. `keys`: the ids under which these are held.
    """

    def __init__(
        self, store: Store, tx: Connection, book: ReaderBook, upto: int, now: Instant, around: Around | None = None
    ) -> None:
        self.store, self.tx, self.book, self.upto, self.now = store, tx, book, upto, now
        self.reader_no = book.reader_no
        self.around = around or Around(tx, upto, now)
        self.placed: dict[int, int] = {}
        self.keys: set[bytes] = set()
        self._rows: list[tuple[int, int, int]] = []
        self._newly_open: dict[int, int] = {}
        self._seen: set[bytes] = set()
        self._looked_at: set[bytes] = set()
        self._wishes: dict[tuple[bytes, int, int], None] = {}

    def rulings(self, class_nos: Iterable[int]) -> Mapping[int, Decision]:
        """Give all decisions known for the reader, those on these classes among them."""
        return self.book.rulings(self.store, self.tx, class_nos)

    def gate(self, class_nos: Iterable[int]) -> int | None:
        """Give the gate of these classes, opened for this reader; None if one of them is not permitted."""
        return self.open_gate(all_of(class_nos))

    def open_gate(self, key: str) -> int | None:
        """Give the gate with this key, opened for this reader; None if it cannot be."""
        return self.open_gates((key,)).get(key)

    def open_gates(self, keys: Iterable[str]) -> dict[str, int]:
        """Give the gates with these keys that can be opened for this reader, opened."""
        book = self.book
        found: dict[str, int] = {}
        opening: dict[str, int] = {}
        for key in keys:
            no = book.gate_nos.get(key)
            if no is None or no not in book.open:
                rulings = self.rulings(() if key == REVOKED_GATE or key.startswith("any:") else classes_in(key))
                until = gate_until(key, rulings, book.gate_keys, book.open)
                if until is not None and until > self.now:
                    opening[key] = until
            elif book.open[no] > self.now:
                found[key] = no
        if not opening:
            return found
        book.new_gates(self.tx, [key for key in opening if key not in book.gate_nos])
        for key, until in opening.items():
            no = found[key] = book.gate_nos[key]
            book.open[no] = self._newly_open[no] = until
        return found

    def put(self, item: Placeable, gate: int) -> None:
        """Place an item behind a gate, and wish for what it names as its companions."""
        self._rows.append((item.no, gate, TYPE_NUMBERS.get(item.type, 0)))
        self.placed[item.no] = gate
        self.keys.add(item.id_key)
        if item.companion_keys:
            self.wish(item.companion_keys, item.source_no, gate)

    def put_all(self, group: Group, gate: int) -> None:
        """Place all items of a group behind a gate."""
        self._rows += [(no, gate, kind) for no, kind in group.rows]
        self.placed |= dict.fromkeys([no for no, _ in group.rows], gate)
        self.keys |= group.keys
        for keys, source_no in group.companions:
            self.wish(keys, source_no, gate)

    def put_revocation(self, record: Revoked, gate: int) -> None:
        """Place the news of a revocation, which stands for no version that could be seen."""
        self._rows.append((record.no, gate, TYPE_NUMBERS.get(record.type, 0)))

    def move(self, item_no: int, gate: int) -> None:
        """Put another gate before an item that was placed by this and is not written yet."""
        self._rows = [(no, gate if no == item_no else old, kind) for no, old, kind in self._rows]

    def wish(self, keys: bytes, source_no: int, gate: int) -> None:
        """Note that something behind a gate names these companions."""
        if (keys, source_no, gate) in self.book.wished:
            return
        self.book.wished.add((keys, source_no, gate))
        # What comes along comes from the same source: another's words under that id need a clause of their own.
        for start in range(0, len(keys), KEY_BYTES):
            self._wishes[keys[start : start + KEY_BYTES], source_no, gate] = None

    def wishes(self) -> Iterable[tuple[bytes, int, int]]:
        """Give (key, source, gate) of what has been wished for since this was last asked."""
        wishes, self._wishes = self._wishes, {}
        return wishes

    def forget_wished(self) -> None:
        """Let everything be wished for again."""
        self.book.wished.clear()

    def flush(self) -> None:
        """Write what was placed, in the order of the records' numbers."""
        policies.add_open(self.store, self.tx, self.reader_no, self._newly_open)
        delivering.append(self.store, self.tx, self.reader_no, sorted(self._rows), self.now)
        self._rows, self._newly_open = [], {}
        self._seen, self._looked_at = set(), set()

    def look_at(self, keys: set[bytes]) -> None:
        """Find out which of these ids the reader may have by what is written, those not asked for since the last."""
        keys = keys - self._looked_at
        self._looked_at |= keys
        if keys:
            self._seen |= reading.visible_keys(self.tx, self.reader_no, keys, self.now)

    def is_seen(self, key: bytes) -> bool:
        """May the reader have something under this id? It has been looked at before."""
        return key in self.keys or key in self._seen
