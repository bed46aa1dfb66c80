"""Takes in what people upload or paste: first a preview of what would become of it, then on their word the deed."""

from http import HTTPStatus

import msgspec
from litestar import get, post

from comity.desk.sessions import Person
from comity.desk.take_in import TakeInRequest, TakenIn, plain_name
from comity.errors import ComityError, Conflict, NotFound, NotPermitted, Unauthenticated, UsageError
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.pages import Page, page
from comity.web.problems import sentence
from comity.web.uploads import Upload, enter_with_upload
from comity.web.visit import Form, Visit, enter, enter_with_form

UPLOADED_WITHIN_S = 600.0
LEVELS = ("green", "amber", "amber+strict", "red")


@get("/take-in")
async def take_in_form(request: Call) -> Page:
    """Ask for content."""
    visit = await enter(request)
    return await _form(request, visit)


@post("/take-in", status_code=HTTPStatus.OK, request_max_body_size=None)
async def preview(request: Call) -> Page:
    """Say what would become of the content."""
    limit = request.app.state["door"].node.settings.max_content_length
    visit, upload = await enter_with_upload(request, "item preview", limit, UPLOADED_WITHIN_S)
    fields, (body, name) = upload.fields, _content(upload)
    asked = TakeInRequest(
        body=body,
        name=name,
        default_tlp=fields.get("default_tlp") or None,
        source=fields.get("source") or None,
        embargo_until=fields.get("embargo_until") or None,
    )
    try:
        found = await visit.ask("item preview", asked, TakenIn)
    except (UsageError, NotFound) as error:
        return await _form(request, visit, fields=fields, refused=error)
    draft = visit.door.drafts.hold(_person(visit).no, asked, visit.door.node.clock())
    return page(
        request,
        visit,
        "take-in-preview.html",
        here="take-in",
        found=found,
        draft=draft.key,
        done=False,
        name=name,
        asked=asked,
        parties=await directory_for(visit),
    )


@post("/take-in/commit", status_code=HTTPStatus.OK)
async def commit(request: Call) -> Page:
    """Take in what was previewed."""
    visit, form = await enter_with_form(request)
    person = _person(visit)
    draft = visit.door.drafts.find(person.no, form.get("draft", ""), visit.door.node.clock())
    if draft is None:
        raise Conflict("what was previewed is no longer held: upload it again")
    asked = msgspec.structs.replace(draft.request, idempotency_key=draft.key)
    found = await visit.ask("item take-in", asked, TakenIn)
    visit.door.drafts.drop(person.no)
    return page(
        request,
        visit,
        "take-in-preview.html",
        here="take-in",
        found=found,
        draft="",
        done=True,
        name=asked.name,
        asked=asked,
        parties=await directory_for(visit),
    )


def _content(upload: Upload) -> tuple[bytes, str]:
    """Give the content of the file, or else of the text, and a name for it."""
    if upload.file is not None:
        return upload.file, plain_name(upload.file_name)
    pasted = upload.fields.get("pasted", "")
    return pasted.replace("\r\n", "\n").encode("utf-8", "replace"), "pasted"


async def _form(request: Call, visit: Visit, *, fields: Form | None = None, refused: ComityError | None = None) -> Page:
    if not visit.opens("item take-in"):
        raise NotPermitted("{verb} is not open to your roles", verb="item take-in")
    said = ""
    if refused is not None:
        with speaking(visit.language):
            said = sentence(refused)
    return page(
        request,
        visit,
        "take-in.html",
        here="take-in",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        refused=said,
        given=fields or {},
        levels=LEVELS,
        most_bytes=visit.door.node.settings.max_content_length,
        parties=await directory_for(visit),
    )


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise Unauthenticated("sign in first")
    return visit.person


ROUTES = (take_in_form, preview, commit)
