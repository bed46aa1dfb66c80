"""Reads a reader's view: collections, pages of objects, the manifest and the versions of an object.

What a page shows is decided again at this moment: gates, expiry, and which references and portions of each object the
reader may have now. An object that may not be shown whole goes as a rendition; one that cannot be, not at all.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection

from comity.desk.definitions import DEFINED_IDS, definitions_asked
from comity.desk.node_type import Node
from comity.desk.plain_page import PlainPage, Reading, plain_page
from comity.desk.policy import is_stale_for
from comity.desk.renditions import Renderer
from comity.desk.tokens import read_token, write_token
from comity.desk.version_order import versions_in_order
from comity.desk.views import (
    CollectionView,
    ManifestEntry,
    ManifestPage,
    ObjectPage,
    ReaderActor,
    ReadQuery,
    VersionsPage,
)
from comity.errors import Busy, NotFound, NotPermitted
from comity.records.facts import TYPE_NUMBERS
from comity.stores import reading
from comity.stores.reading import Shown, Wish
from comity.values import Instant, id_key, iso

_EXTRA = 64  # rows fetched beyond a page, for what a filter or a rendition leaves out
_RELATIVE = frozenset({"first", "last", "all"})
_UNSEEN_SPEC = frozenset({"2.0", "2.1"})


class _Slice(NamedTuple):
    """A page's rows with the bytes to send, and whether more follow."""

    rows: list[tuple[Shown, bytes]]
    more: bool

    @property
    def first_ms(self) -> int | None:
        """The date of the first row."""
        return self.rows[0][0].date_ms if self.rows else None

    @property
    def last_ms(self) -> int | None:
        """The date of the last row."""
        return self.rows[-1][0].date_ms if self.rows else None


def list_collections(node: Node, reader: ReaderActor) -> tuple[CollectionView, ...]:
    """Give the two collections of a reader: what it may read, and where it submits."""
    own = f"EXERCISE – {node.settings.title}" if node.settings.exercise else node.settings.title
    return (
        CollectionView(
            id=reader.view_id,
            title=f"{own}: released to {reader.party}",
            description="What the agreements in force let this reader have, in the order in which it became visible.",
            can_read=True,
            can_write=False,
        ),
        CollectionView(
            id=reader.inbox_id,
            title=f"{own}: submissions of {reader.party}",
            description="Objects posted here are kept as coming from this reader.",
            can_read=False,
            can_write=True,
        ),
    )


def read_objects(node: Node, reader: ReaderActor, collection_id: str, query: ReadQuery) -> ObjectPage:
    """Give a page of objects.

    Raises:
        NotFound: no such collection for this reader. NotPermitted: the inbox cannot be read. UsageError: bad token.
    """
    after, now = starting_date(node, reader, collection_id, query, "objects"), node.clock()
    with node.store.read() as tx:
        refuse_stale(tx, reader, now)
        return plain_objects(node, tx, reader, query, after, now)


def plain_objects(
    node: Node, tx: Connection, reader: ReaderActor, query: ReadQuery, after: int, now: Instant
) -> ObjectPage:
    """Give the page of objects after a date, as any client gets it."""
    renderer = Renderer(node, tx, reader.reader_no, now)
    by = Reading(tx, renderer, lambda rows: _versions_asked(tx, reader.reader_no, rows, query, now), now)
    page = plain_page(by, query, _wish(query), after, node.settings.page_bytes)
    cut = page or _gather(tx, node, reader, query, after, now)
    objects = cut.objects if isinstance(cut, PlainPage) else tuple(body for _, body in cut.rows)
    return ObjectPage(objects=objects, **_edges(node, reader, query, "objects", cut))


def next_rows(
    node: Node, tx: Connection, reader: ReaderActor, after: int, limit: int, now: Instant
) -> list[tuple[Shown, bytes]]:
    """Give what becomes visible to a reader after a date, the latest version of each, with the bytes as they go."""
    return _gather(tx, node, reader, ReadQuery(limit=limit), after, now).rows


def rows_asked(
    node: Node, tx: Connection, reader: ReaderActor, query: ReadQuery, after: int, now: Instant
) -> tuple[list[tuple[Shown, bytes]], bool]:
    """Give the rows of the page that `read_objects` gives, with the bytes as they go, and whether more follow."""
    cut = _gather(tx, node, reader, query, after, now)
    return cut.rows, cut.more


def read_manifest(node: Node, reader: ReaderActor, collection_id: str, query: ReadQuery) -> ManifestPage:
    """Give a page of the manifest: as `read_objects`, without content."""
    cut = _read(node, reader, collection_id, query, "manifest")
    entries = tuple(
        ManifestEntry(
            id=row.stix_id,
            date_added_ms=row.date_ms,
            version=_version_of(row),
            media_type=f"application/stix+json;version={'2.0' if _as_received(row, query) else '2.1'}",
        )
        for row, _ in cut.rows
    )
    return ManifestPage(entries=entries, **_edges(node, reader, query, "manifest", cut))


def read_versions(
    node: Node, reader: ReaderActor, collection_id: str, object_id: str, query: ReadQuery
) -> VersionsPage:
    """Give a page of the versions of one object that the reader may have, newest last.

    Raises:
        NotFound: no such collection, or no version of the object is visible to this reader.
    """
    wide = ReadQuery(
        limit=query.limit,
        added_after_ms=query.added_after_ms,
        after=query.after,
        ids=(object_id,),
        versions=("all",),
        spec_versions=query.spec_versions,
    )
    cut = _read(node, reader, collection_id, wide, "versions")
    return VersionsPage(
        versions=tuple(_version_of(row) for row, _ in cut.rows), **_edges(node, reader, wide, "versions", cut)
    )


class _Edges(TypedDict):
    more: bool
    next: str | None
    first_ms: int | None
    last_ms: int | None


def _edges(node: Node, reader: ReaderActor, query: ReadQuery, purpose: str, cut: _Slice | PlainPage) -> _Edges:
    last = cut.last_ms
    if last is None:
        return {"more": False, "next": None, "first_ms": None, "last_ms": None}
    token = write_token(node.keys.token_key, reader.reader_no, purpose, query, last) if cut.more else None
    return {"more": cut.more, "next": token, "first_ms": cut.first_ms, "last_ms": last}


def _read(node: Node, reader: ReaderActor, collection_id: str, query: ReadQuery, purpose: str) -> _Slice:
    after, now = starting_date(node, reader, collection_id, query, purpose), node.clock()
    with node.store.read() as tx:
        refuse_stale(tx, reader, now)
        return _gather(tx, node, reader, query, after, now)


def starting_date(node: Node, reader: ReaderActor, collection_id: str, query: ReadQuery, purpose: str) -> int:
    """Give the date after which to read, if the reader may read this collection at all.

    Raises:
        NotFound: it is another's, or none. NotPermitted: it is the inbox. UsageError: a token that is not ours.
    """
    if collection_id == reader.inbox_id:
        raise NotPermitted("this collection takes submissions; it cannot be read")
    if collection_id != reader.view_id:
        raise NotFound("no such collection")
    after = query.added_after_ms if query.added_after_ms is not None else -1
    if query.after is not None:
        after = max(after, read_token(node.keys.token_key, reader.reader_no, purpose, query, query.after))
    return after


def refuse_stale(tx: Connection, reader: ReaderActor, now: Instant) -> None:
    """Answer nothing while clauses of this reader change and the sequencer has not seen to it.

    Raises:
        Busy: so it is.
    """
    if is_stale_for(tx, reader.reader_no, now):
        raise Busy("the clauses that concern this reader are changing", retry_after_s=1)  # never half a page


def _gather(tx: Connection, node: Node, reader: ReaderActor, query: ReadQuery, after: int, now: Instant) -> _Slice:
    """Collect a page: rows in date order, less what a filter, a later version or a rendition leaves out."""
    wish = _wish(query)
    renderer = Renderer(node, tx, reader.reader_no, now)
    chosen = [(row, row.body) for row in definitions_asked(query, after)]
    if len(chosen) > query.limit:
        return _Slice(chosen[: query.limit], more=True)
    room = node.settings.page_bytes
    while True:
        rows = reading.shown(tx, reader.reader_no, wish, after, query.limit - len(chosen) + 1 + _EXTRA, now)
        exhausted = len(rows) < query.limit - len(chosen) + 1 + _EXTRA
        kept = _versions_asked(tx, reader.reader_no, rows, query, now)
        bodies = renderer.bodies(kept, lambda row: _as_received(row, query))
        for row, body in zip(kept, bodies, strict=True):
            if body is None or (query.ids and row.stix_id in DEFINED_IDS):
                continue
            if len(chosen) == query.limit or (chosen and room < len(body)):
                return _Slice(chosen, more=True)
            chosen.append((row, body))
            room -= len(body)
        if exhausted:
            return _Slice(chosen, more=False)
        after = rows[-1].date_ms


def _wish(query: ReadQuery) -> Wish:
    numbers = tuple(TYPE_NUMBERS[name] for name in query.types if name in TYPE_NUMBERS)
    others = tuple(name for name in query.types if name not in TYPE_NUMBERS)
    # Asked for 2.0 alone, a reader gets what is 2.0 as it was received; any other wish is met in 2.1.
    spec = 20 if set(query.spec_versions) == {"2.0"} else None
    return Wish(tuple(id_key(name) for name in query.ids), numbers, others, spec)


def _as_received(row: Shown, query: ReadQuery) -> bool:
    return row.spec == 20 and set(query.spec_versions) == {"2.0"}


def _version_of(row: Shown) -> str:
    # TAXII 2.1 §3.4.1: for an object without a version, when it was added: before this reader, for since when the node
    # has held it is no business of the reader's.
    return row.version or iso(Instant(row.date_ms))


def _versions_asked(tx: Connection, reader_no: int, rows: list[Shown], query: ReadQuery, now: Instant) -> list[Shown]:
    """Keep the rows that are the versions asked for, over the versions visible to this reader."""
    if query.spec_versions and not _UNSEEN_SPEC & set(query.spec_versions):
        return []
    several = {row.id_key for row in rows if row.many}
    if not several and not query.ids and not _RELATIVE.isdisjoint(query.versions):
        return rows  # the only version of each is its first, its last and all of them
    visible = reading.visible_versions(tx, reader_no, several, now) if several else {}
    shown = {key: [version.item_no for version in versions_in_order(found)] for key, found in visible.items()}
    ids = set(query.ids)
    return [
        row
        for row in rows
        if (not ids or row.stix_id in ids) and _is_asked(row, shown.get(row.id_key, [row.item_no]), query.versions)
    ]


def _is_asked(row: Shown, shown: Sequence[int], versions: tuple[str | int, ...]) -> bool:
    """Is a row a version asked for? `shown`: the records shown of its id, oldest version first."""
    if row.item_no not in shown:
        return False
    moment = row.version_us or row.date_ms * 1000
    words = {"all": True, "last": row.item_no == shown[-1], "first": row.item_no == shown[0]}
    return any(words[wish] if isinstance(wish, str) else wish == moment for wish in versions)
