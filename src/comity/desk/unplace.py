"""Weighs again, before every reader, what a change of single records touches: tightening at once, and nothing more.

Not a verb: retraction, erasure, an instant that has passed and classing anew share it, after they have changed the
records. What a reader may no longer have leaves its view in the same transaction. What it may still have stays at its
old date: that another reader was granted something, or that a version this reader never saw is gone, must not show.
What may have opened is queued, and the sequencer places it at the reader's present.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.placing import Placer
from comity.desk.policy import GateBook, ReaderBook, load_policy
from comity.desk.version_order import latest
from comity.stores import delivering, keeping, numbering, placeables, policies, reading
from comity.stores.delivering import HeldRow
from comity.stores.opening import Store
from comity.stores.reading import VisibleVersion
from comity.stores.tables import REVOKED
from comity.values import Instant

_LONGEST_RUN = 1000
_MOST_WAVES = 64  # relationships on relationships on …


def unplace(store: Store, tx: Connection, nos: Sequence[int], now: Instant) -> None:
    """Take out of each view what these changed records no longer leave in it, and queue them to be weighed."""
    linked = placeables.linked_to(tx, keeping.keys_of(tx, nos), numbering.last_numbered(tx))
    rows = delivering.rows_of(tx, sorted({*nos, *(no for _, no, _ in linked)}))
    if rows:
        policy, gates = load_policy(tx, now), GateBook(tx)
        for reader_no, held in rows.items():
            placer = Placer(store, tx, ReaderBook(tx, policy, gates, reader_no), numbering.last_numbered(tx), now)
            lost = weigh(tx, placer, reader_no, held, now)
            for no in latest_again(tx, reader_no, lost, now):
                keeping.mark(tx, "anew", no, reader_no)
        policies.note_books_changed(tx)
    for first, last in _runs(sorted(nos)):
        keeping.mark(tx, "again", first, last)


def weigh(tx: Connection, placer: Placer, reader_no: int, held: Mapping[int, HeldRow], now: Instant) -> list[HeldRow]:
    """Leave, put behind another gate or take out each of these rows of one reader's view, and what stands on them.

    Gives the rows taken out.
    """
    lost: list[HeldRow] = []
    upto = numbering.last_numbered(tx)
    for _ in range(_MOST_WAVES):
        if not held:
            break
        items = placeables.placeable_of(tx, sorted(held), now)
        gates = placer.gates_now(items)
        for item in items:
            if item.flags & REVOKED and placer.is_revocation(held[item.no].gate_no):
                gates.setdefault(item.no, held[item.no].gate_no)
        placer.flush()
        changed = [row for row in held.values() if gates.get(row.no) != row.gate_no]
        for row in changed:
            if row.no in gates:
                placer.move(row, gates[row.no])
        gone = [row for row in changed if row.no not in gates]
        delivering.withdraw(tx, reader_no, [row.no for row in gone], now)
        along = placer.drop_companions(gone)
        lost += [*gone, *along]
        linked = placeables.linked_to(tx, {row.id_key for row in [*changed, *along]}, upto)
        held = delivering.rows_of(tx, sorted({no for _, no, _ in linked})).get(reader_no, {})
    placer.flush()
    return lost


def _runs(nos: Sequence[int]) -> list[tuple[int, int]]:
    """Give sorted numbers as runs without a gap, the first and last of each, none very long."""
    runs: list[tuple[int, int]] = []
    for no in nos:
        if runs and no == runs[-1][1] + 1 and no - runs[-1][0] < _LONGEST_RUN:
            runs[-1] = (runs[-1][0], no)
        else:
            runs.append((no, no))
    return runs


def latest_again(tx: Connection, reader_no: int, lost: Sequence[HeldRow], now: Instant) -> list[int]:
    """Give the items that are the latest visible version again, now that these rows have left the view."""
    gone: dict[bytes, list[VisibleVersion]] = {}
    for row in lost:
        if row.many:
            gone.setdefault(row.id_key, []).append(VisibleVersion(row.id_key, row.no, row.version_us, row.source_no))
    left = reading.visible_versions(tx, reader_no, gone, now)
    return sorted(
        no for key, found in left.items() if (no := latest(found)) is not None and no != latest([*found, *gone[key]])
    )
