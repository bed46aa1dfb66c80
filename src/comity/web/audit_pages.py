"""Shows the audit, sifted and by pages, and gives it as JSON lines to be kept elsewhere."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from litestar import get, post
from litestar.response import Response

from comity.desk.list_audit import MOST_EXPORTED, AuditList, ListAuditRequest
from comity.errors import UsageError
from comity.web.addresses import Call
from comity.web.administration_pages import tabs_for
from comity.web.now_page import number
from comity.web.pages import Page, page
from comity.web.visit import enter, enter_with_form

LINES_A_PAGE = 100
SIFTS = ("actor", "verb", "via", "what", "since", "until")


@get("/administration/audit")
async def audit(request: Call) -> Page:
    """Show a page of the audit."""
    visit = await enter(request)
    visit.must_open("audit list")
    sifted = {name: request.query_params.get(name, "").strip() for name in SIFTS}
    asked = _asked(sifted, number(request.query_params.get("before", str(2**59))), LINES_A_PAGE)
    listed = await visit.ask("audit list", asked, AuditList)
    return page(
        request, visit, "audit.html", tabs=tabs_for(visit), tab="audit", listed=listed, sifted=sifted,
        lines=[(line, bytes(line.facts).decode()) for line in listed.lines], most=MOST_EXPORTED,
    )  # fmt: skip


@post("/administration/audit/export", status_code=HTTPStatus.OK)
async def export(request: Call) -> Response[bytes]:
    """Give lines of the audit as JSON lines; that they were taken is a line of the audit too."""
    visit, form = await enter_with_form(request)
    visit.must_open("audit export")
    asked = _asked(form, number(form.get("before", "") or str(2**59)), MOST_EXPORTED)
    listed = await visit.ask("audit export", asked, AuditList)
    body = b"".join(msgspec.json.encode(line) + b"\n" for line in listed.lines)
    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    if listed.before is not None:
        headers["x-comity-before"] = str(listed.before)
    return Response(body, media_type="application/jsonl", headers=headers)


def _asked(said: Mapping[str, str], before: int, limit: int) -> ListAuditRequest:
    sifted = {name: said.get(name, "").strip() for name in SIFTS}
    try:
        return msgspec.convert({**sifted, "before": max(before, 1), "limit": limit}, ListAuditRequest)
    except msgspec.ValidationError as exc:
        raise UsageError("this cannot be asked for: {why}", why=exc) from exc


ROUTES = (audit, export)
