"""Gives a guest what is released to their party, oldest first, as pages of the STIX bundle that it is."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from comity.desk.actor import Actor
from comity.desk.guests import guest_of
from comity.desk.node_type import Node
from comity.desk.read_view import read_objects
from comity.desk.views import ReadQuery
from comity.errors import UsageError

PAGE = 500


class ExportReleasedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One page: all that is released, of some types, or the objects named; `after`: as an answer gave it."""

    ids: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=100)] = ()
    types: Annotated[tuple[Annotated[str, Meta(max_length=250)], ...], Meta(max_length=50)] = ()
    versions: Annotated[tuple[Literal["first", "last", "all"], ...], Meta(max_length=3)] = ("last",)
    after: Annotated[str, Meta(max_length=2_000)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] = PAGE


class ReleasedExport(msgspec.Struct, frozen=True, kw_only=True):
    """Objects as they go to the party, byte for byte, each in one text. `after`: to ask on with; none at the end."""

    objects: tuple[str, ...]
    after: str | None = None


def export_released(node: Node, actor: Actor, request: ExportReleasedRequest) -> ReleasedExport:
    """Give the page that the party's TAXII client gets.

    Raises:
        NotPermitted: no guest asks. UsageError: `after` is not from here, or a type that none is written so. Busy: the
            party's clauses are changing.
    """
    if any("\0" in one for one in request.types):
        raise UsageError("no type is written so")
    with node.store.read() as tx:
        guest = guest_of(tx, actor)
    query = ReadQuery(
        limit=request.limit, after=request.after, ids=request.ids, types=request.types, versions=request.versions
    )
    page = read_objects(node, guest.reader, guest.reader.view_id, query)
    return ReleasedExport(objects=tuple(body.decode("utf-8", "replace") for body in page.objects), after=page.next)
