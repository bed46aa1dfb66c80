"""The shapes in which the desk and the reading door speak of collections, pages and statuses.

They carry no HTTP: the door reads a query string into `ReadQuery` and puts a page's bytes behind headers. Times are
milliseconds since 1970 UTC where they are dates of a reader's stream, text where they are STIX versions.
"""

from typing import Literal

from msgspec import Struct

from comity.desk.actor import Door

Submission = Literal["pending", "complete"]


class ReaderActor(Struct, frozen=True, kw_only=True):
    """A party's signed-in reader: what it may read is its view, what it submits goes to its inbox."""

    party: str
    user: str
    reader_no: int
    view_id: str  # UUIDv4 text: the collection that only this reader has
    inbox_id: str  # UUIDv4 text: the collection to which this reader submits
    via: Door = "taxii"


class ReadQuery(Struct, frozen=True, kw_only=True):
    """What of a collection is asked for. Empty filters ask for everything; unlike filters all must hold."""

    limit: int  # objects a page, at least 1, already capped by the door
    added_after_ms: int | None = None  # strictly after; TAXII 2.1 §3.4
    after: str | None = None  # the `next` token of an earlier page, unread
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: tuple[str | int, ...] = ("last",)  # "first", "last", "all", or microseconds since 1970 UTC
    signed: Literal["", "signed", "relay"] = ""  # a Comity peer asks for signatures, a relay for the exact bytes too
    spec_versions: tuple[str, ...] = ()  # empty: the latest that we hold of each, TAXII 2.1 §3.4.1


class ObjectPage(Struct, frozen=True, kw_only=True):
    """A page of objects as the bytes to send. `next` is there exactly if `more`; never empty and `more` at once."""

    objects: tuple[bytes, ...] = ()
    more: bool = False
    next: str | None = None
    first_ms: int | None = None  # date added of the first and last object of this page; None if it is empty
    last_ms: int | None = None


class ManifestEntry(Struct, frozen=True, kw_only=True):
    """One version of one object, without its content."""

    id: str
    date_added_ms: int
    version: str  # the text received: modified, else created, else the date it became visible to this reader
    media_type: str


class ManifestPage(Struct, frozen=True, kw_only=True):
    """A page of the manifest; as `ObjectPage`."""

    entries: tuple[ManifestEntry, ...] = ()
    more: bool = False
    next: str | None = None
    first_ms: int | None = None
    last_ms: int | None = None


class VersionsPage(Struct, frozen=True, kw_only=True):
    """A page of one object's visible versions, as texts; as `ObjectPage`."""

    versions: tuple[str, ...] = ()
    more: bool = False
    next: str | None = None
    first_ms: int | None = None
    last_ms: int | None = None


class CollectionView(Struct, frozen=True, kw_only=True):
    """A collection as one reader sees it."""

    id: str
    title: str
    can_read: bool
    can_write: bool
    description: str = ""
    media_types: tuple[str, ...] = ("application/stix+json;version=2.1",)


class StatusLine(Struct, frozen=True, kw_only=True):
    """What became of one submitted object. `message` is the reason, for people; empty if there is nothing to say."""

    id: str
    version: str
    message: str = ""


class StatusView(Struct, frozen=True, kw_only=True):
    """A submission's state. The three lists add up to `total_count`; `success_count` is the length of the first."""

    id: str
    status: Submission
    request_timestamp: str  # RFC 3339
    total_count: int
    success_count: int
    successes: tuple[StatusLine, ...] = ()
    failures: tuple[StatusLine, ...] = ()
    pendings: tuple[StatusLine, ...] = ()
