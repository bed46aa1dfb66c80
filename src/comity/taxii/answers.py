"""Decides how what the desk gives is put on the wire: TAXII resources, page headers, objects joined as they are.

Objects are never decoded: a page is the kept bytes with commas between them.
"""

from collections.abc import Sequence

import msgspec
from litestar.response import Response
from msgspec import UNSET, Struct, UnsetType

from comity.desk.views import CollectionView, ManifestPage, ObjectPage, ReadQuery, StatusLine, StatusView, VersionsPage
from comity.taxii.media import TAXII
from comity.values import Instant, iso

FIRST, LAST = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"
_EPOCH = Instant(0)


class Discovery(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §4.1.1; `default` is one of `api_roots`."""

    title: str
    description: str
    default: str
    api_roots: tuple[str, ...]


class ApiRoot(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §4.2.1; `max_content_length` in bytes."""

    title: str
    description: str
    versions: tuple[str, ...] = (TAXII,)
    max_content_length: int


class Collection(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §5.2.1; both rights are always booleans."""

    id: str
    title: str
    description: str | UnsetType = UNSET
    can_read: bool
    can_write: bool
    media_types: tuple[str, ...]


class Collections(Struct, frozen=True, omit_defaults=True):
    """TAXII 2.1 §5.1.1."""

    collections: tuple[Collection, ...] = ()


class ManifestRecord(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §5.3.1."""

    id: str
    date_added: str
    version: str
    media_type: str


class Manifest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """TAXII 2.1 §5.3.1, with `next`, which the text forgot (oasis-tcs/cti-taxii2#110)."""

    more: bool  # has no default, so it is always written
    next: str | None = None
    objects: tuple[ManifestRecord, ...] = ()


class Versions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """TAXII 2.1 §5.8.1, with `next`."""

    more: bool
    next: str | None = None
    versions: tuple[str, ...] = ()


class StatusDetail(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §4.3.1, type `status-details`."""

    id: str
    version: str
    message: str | UnsetType = UNSET


class Status(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §4.3.1; counts and lists always agree."""

    id: str
    status: str
    request_timestamp: str
    total_count: int
    success_count: int
    successes: tuple[StatusDetail, ...]
    failure_count: int
    failures: tuple[StatusDetail, ...]
    pending_count: int
    pendings: tuple[StatusDetail, ...]


def answer(resource: Struct, status_code: int = 200) -> Response[bytes]:
    """Answer with a resource."""
    return Response(msgspec.json.encode(resource), media_type=TAXII, status_code=status_code)


def nothing() -> Response[bytes]:
    """Answer that it is done; there is nothing to say."""
    return Response(b"", media_type=TAXII, status_code=200)


def object_page(page: ObjectPage, query: ReadQuery) -> Response[bytes]:
    """Answer with an envelope (TAXII 2.1 §3.7) around the bytes of the objects."""
    head = b'{"more":true' if page.more else b'{"more":false'
    if page.next is not None and page.more:
        head += b',"next":' + msgspec.json.encode(page.next)
    return Response(_enveloped(head, page.objects), media_type=TAXII, headers=page_headers(page, query))


def _enveloped(head: bytes, objects: Sequence[bytes]) -> bytes:
    """Put objects into an envelope that has begun, copying them only once: a page may be large."""
    if not objects:
        return head + b"}"
    opened = head + b',"objects":['
    if len(objects) == 1:
        return b"".join((opened, objects[0], b"]}"))
    return b",".join((opened + objects[0], *objects[1:-1], objects[-1] + b"]}"))


def manifest_page(page: ManifestPage, query: ReadQuery) -> Response[bytes]:
    """Answer with a manifest."""
    records = tuple(
        ManifestRecord(
            id=entry.id,
            date_added=iso(Instant(entry.date_added_ms)),
            version=entry.version,
            media_type=entry.media_type,
        )
        for entry in page.entries
    )
    manifest = Manifest(more=page.more, next=page.next if page.more else None, objects=records)
    return Response(msgspec.json.encode(manifest), media_type=TAXII, headers=page_headers(page, query))


def versions_page(page: VersionsPage, query: ReadQuery) -> Response[bytes]:
    """Answer with the versions of an object."""
    versions = Versions(more=page.more, next=page.next if page.more else None, versions=page.versions)
    return Response(msgspec.json.encode(versions), media_type=TAXII, headers=page_headers(page, query))


def page_headers(page: ObjectPage | ManifestPage | VersionsPage, query: ReadQuery) -> dict[str, str]:
    """Say the dates between which a page lies (TAXII 2.1 §3.5).

    `Last` is on an empty page too, and then moves nobody on: a client that finds it missing takes its own clock's time
    instead, and loses what is added in between.
    """
    last = page.last_ms
    if last is None:
        last = query.added_after_ms if query.added_after_ms is not None else _EPOCH
    headers = {LAST: iso(Instant(last))}
    if page.first_ms is not None:
        headers[FIRST] = iso(Instant(page.first_ms))
    return headers


def collection_of(view: CollectionView) -> Collection:
    """Write a collection."""
    return Collection(
        id=view.id,
        title=view.title,
        description=view.description or UNSET,
        can_read=view.can_read,
        can_write=view.can_write,
        media_types=view.media_types,
    )


def status_of(view: StatusView) -> Status:
    """Write a status; each count is that of its list, so that they always add up."""
    return Status(
        id=view.id,
        status=view.status,
        request_timestamp=view.request_timestamp,
        total_count=view.total_count,
        success_count=len(view.successes),
        successes=_details(view.successes),
        failure_count=len(view.failures),
        failures=_details(view.failures),
        pending_count=len(view.pendings),
        pendings=_details(view.pendings),
    )


def _details(lines: Sequence[StatusLine]) -> tuple[StatusDetail, ...]:
    return tuple(
        StatusDetail(id=_sendable(line.id), version=_sendable(line.version), message=_sendable(line.message) or UNSET)
        for line in lines
    )


def _sendable(text: str) -> str:
    """Replace lone surrogates: an id that cannot be UTF-8 is told as far as it can be."""
    return text.encode("utf-8", "replace").decode()
