"""Builds what the tests of the stores keep: records with only what a test looks at in view."""

from sqlalchemy import Connection

from comity.stores import directory, keeping
from comity.stores.keeping import NewRecord, empty_batch
from comity.stores.opening import SqlRow, Store
from comity.stores.tables import END, ITEM, LIVE
from comity.values import Instant, id_key

NOW = Instant(1_900_000_000_000)


def a_record(
    name: str = "indicator--1",
    *,
    no: int = 0,
    source_no: int = 1,
    class_no: int = 1,
    version_us: int = 1,
    spec: int = 21,
    family: int = ITEM,
    flags: int = 0,
    embargo_ms: int | None = None,
    expires_ms: int | None = None,
    body: bytes | None = None,
) -> NewRecord:
    """A live record of the type that its id begins with; its content follows from id, version and source."""
    content = body if body is not None else f"{name} {version_us} {source_no}".encode()
    key = id_key(name)
    digest = (id_key(content.hex()) * 2)[:32]
    return NewRecord(
        no, family, source_no, key, name, name.partition("--")[0], str(version_us), version_us, spec, digest,
        b"s" * 16, class_no, flags, LIVE, None, None, embargo_ms, expires_ms, int(NOW), content,
    )  # fmt: skip


def keep(
    store: Store,
    *records: NewRecord,
    ends: dict[str, list[str]] | None = None,
    values: dict[str, list[str]] | None = None,
    siblings: tuple[str, ...] = (),
) -> list[int]:
    """Keep records in one transaction; `ends` and `values` go by the ids of the records."""
    with store.write() as tx:
        first = keeping.next_numbers(tx, len(records))
        numbered = [record._replace(no=first + i) for i, record in enumerate(records)]
        batch = empty_batch()
        batch.records.extend(numbered)
        for record in numbered:
            batch.links.extend((id_key(end), record.no, END) for end in (ends or {}).get(record.stix_id, []))
            found: list[SqlRow] = [(value, record.no, "name") for value in (values or {}).get(record.stix_id, [])]
            batch.values.extend(found)
        batch.siblings.extend((id_key(name),) for name in siblings)
        keeping.keep(store, tx, batch)
    return [record.no for record in numbered]


def add_reader(tx: Connection, name: str = "ruritania-csirt") -> int:
    """Enter a party with a view; gives its number."""
    party = directory.add_party(
        tx, name=name, title=name, kind="authority", acts_for=None, default_tlp=None, is_self=False, now=NOW
    )
    directory.add_view(tx, party.no, f"view-{name}", f"inbox-{name}")
    return party.no
