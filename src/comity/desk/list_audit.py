"""Lists what was done and read at a node, by whom and through which door: the audit, which holds no content."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.node_type import Node
from comity.desk.read_audit import READS
from comity.errors import UsageError
from comity.stores import registers
from comity.stores.registers import AuditRow
from comity.values import Instant, instant, iso

MOST_EXPORTED = 10_000
LOOKED_THROUGH = 10_000  # lines, for one page
_OUT_OF_ORDER_MS = 24 * 3_600_000  # a line stands that near to its time, unless the clock was set by more than a day


class ListAuditRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines, the newest first, before a number. Empty fields leave all in; times are RFC 3339 or dates.

    `what`: what was done, or what was read.
    """

    actor: Annotated[str, Meta(max_length=200)] = ""
    verb: Annotated[str, Meta(max_length=200)] = ""
    via: Literal["", "cli", "taxii", "node", "web", "api", "intake"] = ""
    what: Literal["", "done", "read"] = ""
    since: Annotated[str, Meta(max_length=40)] = ""
    until: Annotated[str, Meta(max_length=40)] = ""
    before: Annotated[int, Meta(ge=1, le=2**62)] = 2**62
    limit: Annotated[int, Meta(ge=1, le=MOST_EXPORTED)] = 100


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: who did what. `facts` is JSON."""

    number: int
    at: str
    actor: str
    via: str
    verb: str
    facts: msgspec.Raw


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, the newest first; `before` gives the next page, none: there is no more. `verbs`: all that there are.

    `looked_back_to`: up to when lines were looked through, if the page is not full for that: there may be earlier ones.
    """

    lines: tuple[AuditLine, ...]
    before: int | None
    verbs: tuple[str, ...]
    looked_back_to: str | None = None


def list_audit(node: Node, actor: Actor, request: ListAuditRequest) -> AuditList:
    """Give lines of the audit.

    Raises:
        UsageError: not a time.
    """
    return _listed(node, request, LOOKED_THROUGH)


def _listed(node: Node, request: ListAuditRequest, most_looked_through: int) -> AuditList:
    since, until = _moment(request.since), _moment(request.until)
    node.store.reads.flush()
    with node.store.read() as tx:
        oldest = registers.audit_from(tx, 1)  # lines before it, and some behind it, were dropped
        first = oldest[0] if oldest else 1
        if since is not None:
            first = max(first, registers.audit_no_at(tx, since - _OUT_OF_ORDER_MS))
        above = (
            registers.last_audit_no(tx) + 1 if until is None else registers.audit_no_at(tx, until + _OUT_OF_ORDER_MS)
        )
        above = min(request.before, above)
        lowest = max(first, above - most_looked_through)
        rows = registers.audit_where(
            tx,
            actor=request.actor,
            verb=request.verb,
            via=request.via,
            since=since,
            until=until,
            before_no=above,
            from_no=lowest,
            limit=request.limit + 1,
            of=READS if request.what == "read" else None,
            but=READS if request.what == "done" else frozenset(),
        )
        verbs = registers.audited_verbs(tx)
        reached = registers.audit_from(tx, lowest)
    shown = rows[: request.limit]
    whole = len(rows) <= request.limit and lowest <= first
    before = None if whole else shown[-1].no if len(rows) > request.limit else lowest
    return AuditList(
        lines=tuple(_line(row) for row in shown),
        before=before,
        verbs=tuple(verbs),
        looked_back_to=iso(Instant(reached[1])) if reached and not whole and len(rows) <= request.limit else None,
    )


def export_audit(node: Node, actor: Actor, request: ListAuditRequest) -> AuditList:
    """Give lines of the audit to be kept elsewhere; that they were taken is a line itself."""
    answer = _listed(node, request, 2**62)
    with node.store.write() as tx:
        facts = {"lines": len(answer.lines), "actor": request.actor, "verb": request.verb}
        note(tx, actor, "audit export", facts, node.clock())
    return answer


def _moment(text: str) -> Instant | None:
    if not text:
        return None
    try:
        return instant(text)
    except ValueError as exc:
        raise UsageError("not a time with its zone, or a date: {text}", text=text[:40]) from exc


def _line(row: AuditRow) -> AuditLine:
    return AuditLine(
        number=row.no,
        at=iso(Instant(row.at_ms)),
        actor=row.actor,
        via=row.via,
        verb=row.verb,
        facts=msgspec.Raw(row.facts.encode()),
    )
