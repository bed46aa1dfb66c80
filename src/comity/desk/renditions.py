"""Makes the bytes that a reader gets of each row of a page: as received if it may have all of it, else a rendition."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from comity.desk.gates import REVOKED_GATE
from comity.desk.node_type import Node
from comity.desk.policy import decode
from comity.records.envelope import read_envelope, read_object, record_refs
from comity.rooms.release.engine import Decision
from comity.rooms.release.renditions import Recipe, Rendered, render, revocation
from comity.stores import placeables, policies, reading, redacting, revoking
from comity.stores.reading import Shown
from comity.stores.revoking import Revoked
from comity.stores.tables import PORTIONS, REFS, REVOKED, UPGRADE
from comity.values import Instant, id_key

KEY_BYTES = 16
NOT_PLAIN = UPGRADE | PORTIONS | REVOKED  # flags of what may have to go otherwise than as received


class Renderer:
    """Renders pages for one reader at one instant. State kept consistent: what is known to be visible or decided."""

    def __init__(self, node: Node, tx: Connection, reader_no: int, now: Instant) -> None:
        self._node, self._tx, self.reader_no, self._now = node, tx, reader_no, now
        self._visible: set[bytes] = set()
        self._asked: set[bytes] = set()
        self._decisions: dict[int, Decision] = {}
        self._notices: int | None = None

    def bodies(self, rows: Sequence[Shown], as_received: Callable[[Shown], bool]) -> list[bytes | None]:
        """Give the bytes for each row; None where nothing of the object may be shown now."""
        whole = self._wholly_visible(rows)
        portions = self._portions(rows)
        self._load({row.class_no for row in rows} | {no for parts in portions.values() for _, no in parts})
        bodies: list[bytes | None] = []
        plain = {no for no, decision in self._decisions.items() if not decision.redact}
        for row in rows:
            # Most rows: nothing about them asks for more than the bytes as received.
            if not row.flags & NOT_PLAIN and row.class_no in plain and (row.ref_keys is None or row.ref_keys in whole):
                bodies.append(row.body)
                continue
            if row.flags & REVOKED and self._is_notice(row):
                bodies.append(self._notice(row, as_received(row)))
                continue
            if row.class_no not in self._decisions:
                bodies.append(None)  # nothing was decided: nothing is shown
                continue
            parts = portions.get(row.item_no, ())
            redact = self._redacted((row.class_no, *(no for _, no in parts)))
            upgrade = bool(row.flags & UPGRADE) and not as_received(row)
            if (
                not upgrade
                and not redact
                and not row.flags & PORTIONS
                and (row.ref_keys is None or row.ref_keys in whole)
            ):
                bodies.append(row.body)
                continue
            hidden = tuple(marking for marking, no in parts if not self._permitted(no))
            bodies.append(self._rendered(row, upgrade, redact, hidden))
        return bodies

    def plain_among(self, class_nos: set[int], ref_lists: set[bytes | None]) -> tuple[set[int], set[bytes | None]]:
        """Give those of these classes from which nothing is dropped, and those references of which none is withheld."""
        self._load(class_nos)
        parts = {keys: _cut(keys) for keys in ref_lists if keys is not None}
        self._look_at({key for cut in parts.values() for key in cut})
        plain = {no for no in class_nos if no in self._decisions and not self._decisions[no].redact}
        return plain, {keys for keys, cut in parts.items() if self._visible.issuperset(cut)}

    def _is_notice(self, row: Shown) -> bool:
        if self._notices is None:
            self._notices = policies.gate_number(self._tx, REVOKED_GATE)
        return row.gate_no == self._notices

    def _notice(self, row: Shown, as_received: bool) -> bytes | None:
        """Tell a revocation whose own content the reader may not have, in what it was served of the object before."""
        here = Revoked(row.item_no, row.id_key, row.type, row.source_no, row.version_us)
        served = revoking.versions_served(self._tx, self.reader_no, here)[:1]
        for no, body in placeables.bodies_of(self._tx, served).items():
            earlier, class_no, parts = read_envelope(body), *revoking.optional_parts(self._tx, no)
            self._load({class_no, *(part for _, part in parts)})
            hidden = reading.visible_keys(self._tx, self.reader_no, map(id_key, earlier.refs), self._now)
            refs = frozenset(ref for ref in earlier.refs if id_key(ref) not in hidden)
            upgrade = earlier.spec_version == "2.0" and not as_received
            gone = tuple(marking for marking, part in parts if not self._permitted(part))
            drop = self._ever_redacted((class_no, *(part for _, part in parts)))
            recipe = Recipe(upgrade=upgrade, hidden_refs=refs, hidden_portions=gone, drop=drop)
            told = revocation(earlier.parsed, row.version, recipe)
            return told.body if isinstance(told, Rendered) else None
        return None

    def _rendered(
        self, row: Shown, upgrade: bool, redact: tuple[str, ...], hidden_portions: tuple[str, ...]
    ) -> bytes | None:
        parsed = read_object(row.body)
        _, refs = record_refs(parsed)
        hidden_refs = frozenset(ref for ref in refs if id_key(ref) not in self._visible)
        recipe = Recipe(upgrade=upgrade, hidden_refs=hidden_refs, hidden_portions=hidden_portions, drop=redact)
        rendered = render(parsed, recipe)
        if not isinstance(rendered, Rendered):
            return None
        return rendered.body if rendered.codes else row.body

    def _wholly_visible(self, rows: Sequence[Shown]) -> set[bytes]:
        """Give those lists of reference keys all of which the reader may have now."""
        lists = {row.ref_keys for row in rows if row.ref_keys is not None and row.flags & REFS}
        parts = {keys: _cut(keys) for keys in lists}
        self._look_at({key for cut in parts.values() for key in cut})
        return {keys for keys, cut in parts.items() if self._visible.issuperset(cut)}

    def _look_at(self, keys: set[bytes]) -> None:
        fresh = keys - self._asked
        if fresh:
            self._visible |= reading.visible_keys(self._tx, self.reader_no, fresh, self._now)
            self._asked |= fresh

    def _portions(self, rows: Sequence[Shown]) -> dict[int, list[tuple[str, int]]]:
        nos = [row.item_no for row in rows if row.flags & PORTIONS]
        return reading.portions_of(self._tx, nos) if nos else {}

    def _load(self, class_nos: set[int]) -> None:
        missing = sorted(class_nos - self._decisions.keys())
        if missing:
            held = policies.decisions_of(self._tx, self.reader_no, missing)
            self._decisions.update({no: decode(row.decision) for no, row in held.items()})

    def _redacted(self, class_nos: Sequence[int]) -> tuple[str, ...]:
        """Give what clauses drop from an object of which these are the classes, its own and its portions'."""
        decisions = [self._decisions[no] for no in class_nos if no in self._decisions]
        return tuple(sorted({name for decision in decisions for name in decision.redact}))

    def _ever_redacted(self, class_nos: Sequence[int]) -> tuple[str, ...]:
        """Give what clauses drop, or dropped once: what was not shown while it was served is not shown after."""
        once = redacting.dropped_of(self._tx, self.reader_no, list(class_nos))
        return tuple(sorted({*self._redacted(class_nos), *(name for names in once.values() for name in names)}))

    def _permitted(self, class_no: int) -> bool:
        decision = self._decisions.get(class_no)
        if decision is None or decision.outcome != "permitted":
            return False
        return decision.valid_until is None or decision.valid_until > self._now


def _cut(keys: bytes) -> list[bytes]:
    return [keys[start : start + KEY_BYTES] for start in range(0, len(keys), KEY_BYTES)]
