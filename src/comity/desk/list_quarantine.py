"""Lists what is in quarantine, each with its reason and where it came from; never its content."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.item_views import party_names
from comity.desk.node_type import Node
from comity.errors import UsageError
from comity.stores import registers
from comity.values import Instant, iso

MOST_LISTED = 1_000


class ListQuarantineRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A page: what comes after a number."""

    after: int = 0
    limit: int = 100


class QuarantinedView(msgspec.Struct, frozen=True, kw_only=True):
    """One input that could not be kept. `kept`: its bytes are held, so a newer program may read it again."""

    number: int
    source: str
    origin: str
    reason: str
    path: str
    size: int
    at: str
    kept: bool


class QuarantineList(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs in the order in which they came. `after` asks for the next page; none if this is the last."""

    inputs: tuple[QuarantinedView, ...]
    after: int | None = None


def list_quarantine(node: Node, actor: Actor, request: ListQuarantineRequest) -> QuarantineList:
    """Give a page of the quarantine.

    Raises:
        UsageError: an impossible limit.
    """
    if not 1 <= request.limit <= MOST_LISTED:
        raise UsageError("give a limit from 1 to {most}", most=MOST_LISTED)
    with node.store.read() as tx:
        names = party_names(tx)
        rows = registers.quarantine_rows(tx, request.after, request.limit + 1)
    views = tuple(
        QuarantinedView(
            number=row.no,
            source=names.get(row.source_no, ""),
            origin=row.origin,
            reason=row.reason,
            path=row.path,
            size=row.size,
            at=iso(Instant(row.at_ms)),
            kept=row.body is not None,
        )
        for row in rows[: request.limit]
    )
    return QuarantineList(inputs=views, after=views[-1].number if len(rows) > request.limit else None)
