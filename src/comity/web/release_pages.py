"""Shows what flows to whom and why, what leaves of an item beside what is held, and what a draft would change."""

from http import HTTPStatus

from litestar import get, post
from litestar.params import FromPath

from comity.desk.release_cell import ReleaseCellRequest, ReleaseCellShown
from comity.desk.release_columns import LEVELS
from comity.desk.release_matrix import ReleaseMatrix, ReleaseMatrixRequest
from comity.desk.release_rendition import ReleaseRendition, ReleaseRenditionRequest
from comity.desk.what_if_release import WhatIfAnswer, WhatIfRequest
from comity.errors import AgreementRejected, ComityError, NotPermitted, TooLarge, UsageError
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.beside import side_by_side
from comity.web.directory import directory_for
from comity.web.pages import Page, page
from comity.web.problems import sentence
from comity.web.uploads import enter_with_upload
from comity.web.visit import BODY_WITHIN_S, Visit, enter

DRAFT_BYTES = 1024 * 1024  # the longest agreement that is compared here
MOST_DIFFERENCES = 200
MOST_LINES = 2_000


@get("/release")
async def matrix(request: Call) -> Page:
    """What flows to whom."""
    visit = await enter(request)
    tlp = request.query_params.get("tlp") or None
    after = request.query_params.get("after", "")
    shown = await visit.ask("release matrix", ReleaseMatrixRequest(tlp=tlp, after=after), ReleaseMatrix)
    return page(
        request, visit, "release.html", here="release", matrix=shown, tlp=tlp, levels=LEVELS, is_first=not after
    )


@get("/release/to/{party:str}")
async def cell(request: Call, party: FromPath[str]) -> Page:
    """What one party may have, and why."""
    visit = await enter(request)
    column = request.query_params.get("column") or None
    tlp = request.query_params.get("tlp") or None
    shown = await visit.ask("release cell", ReleaseCellRequest(to=party, column=column, tlp=tlp), ReleaseCellShown)
    return page(
        request,
        visit,
        "release-to.html",
        here="release",
        shown=shown,
        column=column,
        tlp=tlp,
        parties=await directory_for(visit),
    )


@get("/items/{item_id:str}/for/{party:str}")
async def rendition(request: Call, item_id: FromPath[str], party: FromPath[str]) -> Page:
    """What leaves of an item, beside what is held."""
    visit = await enter(request)
    asked = ReleaseRenditionRequest(id=item_id, to=party, source=request.query_params.get("source") or None)
    shown = await visit.ask("release rendition", asked, ReleaseRendition)
    lines = side_by_side(shown.held, shown.leaves or "")
    return page(
        request,
        visit,
        "release-item.html",
        here="release",
        shown=shown,
        controlled=shown.why.explanation.facts.originator_control,
        lines=lines[:MOST_LINES],
        more=max(0, len(lines) - MOST_LINES),
        parties=await directory_for(visit),
    )


@get("/release/what-if")
async def what_if_form(request: Call) -> Page:
    """Ask for a draft agreement."""
    visit = await enter(request)
    return await _what_if(request, visit)


@post("/release/what-if", status_code=HTTPStatus.OK, request_max_body_size=None)
async def what_if(request: Call) -> Page:
    """Say what a draft would change; nothing is kept of it."""
    visit, upload = await enter_with_upload(request, "release what-if", DRAFT_BYTES, BODY_WITHIN_S)
    pasted = upload.fields.get("pasted", "").replace("\r\n", "\n")
    draft = upload.file if upload.file else pasted.encode("utf-8", "replace")
    if len(draft) > DRAFT_BYTES:
        raise TooLarge(DRAFT_BYTES)
    try:
        found = await visit.ask("release what-if", WhatIfRequest(text=draft), WhatIfAnswer)
    except (AgreementRejected, UsageError) as error:
        return await _what_if(request, visit, pasted=pasted, refused=error)
    return await _what_if(request, visit, pasted=pasted, found=found)


async def _what_if(
    request: Call,
    visit: Visit,
    *,
    pasted: str = "",
    found: WhatIfAnswer | None = None,
    refused: ComityError | None = None,
) -> Page:
    if not visit.opens("release what-if"):
        raise NotPermitted("{verb} is not open to your roles", verb="release what-if")
    said = ""
    if refused is not None:
        with speaking(visit.language):
            said = sentence(refused)
    return page(
        request,
        visit,
        "what-if.html",
        here="release",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        refused=said,
        pasted=pasted,
        found=found,
        most=MOST_DIFFERENCES,
        parties=await directory_for(visit),
    )


ROUTES = (matrix, cell, rendition, what_if_form, what_if)
