"""Takes records out of every reader's view at once, with the relationships and sightings that stand on them.

Not a verb: retraction, erasure and classing anew share it. Whatever may still be seen is queued, and the sequencer
places it again at the reader's present.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.stores import delivering, keeping
from comity.stores.opening import Store
from comity.stores.tables import END
from comity.values import Instant


def unplace(store: Store, tx: Connection, nos: Sequence[int], now: Instant) -> None:
    """Withdraw these records everywhere, and queue what stood on them to be weighed again."""
    gone = set(nos)
    wave = list(nos)
    while wave:
        keys = keeping.keys_of(tx, wave)
        wave = sorted(
            {no for _, no, role in delivering.linked_to(tx, keys, delivering.last_numbered(tx)) if role == END} - gone
        )
        gone.update(wave)
    delivering.withdraw_everywhere(tx, sorted(gone), now)
    versions = keeping.held_under(tx, keeping.keys_of(tx, nos))
    other = {held.no for rows in versions.values() for held in rows}
    for no in sorted((gone | other) - set(nos)):
        keeping.mark(tx, "again", no, no)
