"""Takes the content of a record away and leaves its number, and tells who has ever been served it."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import BigInteger, Connection, bindparam, delete, select, update

from comity.stores.bulk import row_of
from comity.stores.federation_tables import provenance
from comity.stores.keeping import KEYS_AT_ONCE, held_under
from comity.stores.release_tables import deliveries, served, views
from comity.stores.tables import (
    ERASED,
    ITEM,
    due,
    links,
    markings,
    overrides,
    portions,
    records,
    search_values,
    siblings,
    unresolved,
)


def erase_record(tx: Connection, no: int, blank: bytes) -> None:
    """Take content, salt, id and search values of a record away; `blank` (32 bytes, in its act) stands for its keys.

    The row's number, family, source and date stay, so that history keeps its count.
    """
    for table, column in (
        (search_values, search_values.c.record_no),
        (links, links.c.from_no),
        (portions, portions.c.record_no),
        (unresolved, unresolved.c.record_no),
        (overrides, overrides.c.record_no),
        (markings, markings.c.record_no),
        (due, due.c.record_no),
    ):
        tx.execute(delete(table).where(column == no))
    tx.execute(update(provenance).where(provenance.c.record_no == no).values(salt=None))
    tx.execute(
        update(records)
        .where(records.c.no == no)
        .values(
            state=ERASED,
            id_key=blank[:16],
            stix_id="",
            type="",
            version="",
            version_us=0,
            sha256=blank,
            salt=None,
            class_no=0,
            flags=0,
            ref_keys=None,
            companion_keys=None,
            body=None,
        )
    )


def forget_siblings(tx: Connection, keys: Iterable[bytes]) -> None:
    """Drop the note that several records are held under an id, where none is any more: it would tell of the id."""
    wanted = set(keys)
    for key in sorted(wanted - held_under(tx, wanted).keys()):
        tx.execute(delete(siblings).where(siblings.c.id_key == key))


_SALT = select(records.c.salt).where(records.c.no == bindparam("at", type_=BigInteger))


def salt_of(tx: Connection, no: int) -> bytes:
    """Give a record's salt, empty once it is erased."""
    row = row_of(tx, _SALT, at=no)
    return b"" if row is None else bytes(row[0] or b"")


def served_to(tx: Connection, nos: Sequence[int]) -> int:
    """Count the readers to whom any of these records has ever been released."""
    return len(readers_served(tx, nos))


def readers_served(tx: Connection, nos: Sequence[int]) -> set[int]:
    """Give the readers to whom any of these records has ever been released."""
    # Named by reader too: both tables are kept in the readers' order.
    readers = select(views.c.reader_no)
    found: set[int] = set()
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        for table in (deliveries, served):
            rows = tx.execute(
                select(table.c.reader_no).distinct().where(table.c.reader_no.in_(readers), table.c.item_no.in_(chunk))
            )
            found.update(row[0] for row in rows)
    return found


def erased_digests(tx: Connection) -> list[bytes]:
    """Give what stands in erased records in the place of their keys."""
    return [bytes(row[0]) for row in tx.execute(select(records.c.sha256).where(records.c.state == ERASED))]


def salted_keys(tx: Connection) -> Iterator[tuple[int, bytes, bytes]]:
    """Give number, salt and key of the id of every item that is held."""
    r = records.c
    rows = tx.execute(select(r.no, r.salt, r.id_key).where(r.family == ITEM, r.state != ERASED, r.salt.is_not(None)))
    return ((row[0], bytes(row[1]), bytes(row[2])) for row in rows)
