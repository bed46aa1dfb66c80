"""Keeps which properties clauses once dropped from what a reader was served, after they no longer do."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, insert, select

from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.release_tables import redactions


def note_dropped(tx: Connection, reader_no: int, dropped: Mapping[int, Iterable[str]]) -> None:
    """Note properties that were dropped from items of these classes; what is noted already stays."""
    known = dropped_of(tx, reader_no, list(dropped))
    for class_no, names in dropped.items():
        for name in sorted(set(names) - known.get(class_no, set())):
            tx.execute(insert(redactions).values(reader_no=reader_no, class_no=class_no, property=name))


def dropped_of(tx: Connection, reader_no: int, class_nos: Sequence[int]) -> dict[int, set[str]]:
    """Give the properties that ever were dropped for a reader, of each of these classes of which any was."""
    found: dict[int, set[str]] = {}
    for start in range(0, len(class_nos), KEYS_AT_ONCE):
        chunk = class_nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(
            select(redactions.c.class_no, redactions.c.property).where(
                redactions.c.reader_no == reader_no, redactions.c.class_no.in_(chunk)
            )
        )
        for class_no, name in rows:
            found.setdefault(class_no, set()).add(name)
    return found
