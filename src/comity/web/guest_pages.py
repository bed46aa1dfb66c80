"""Shows guests what is released to their party, and takes what they answer and submit for it.

A page asks the desk as every page does; the desk reads as the party's TAXII client does.
"""

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote, urlencode

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from comity.desk.acts import uuid4
from comity.desk.answer_as_guest import AnswerAsGuestRequest, GuestAnswered
from comity.desk.export_released import ExportReleasedRequest, ReleasedExport
from comity.desk.give_receipt import OfficersLevel
from comity.desk.list_released import LONGEST_WORDS, ListReleasedRequest, ReleasedList
from comity.desk.show_guest import GuestShown, ShowGuestRequest
from comity.desk.show_released import ReleasedShown, ShowReleasedRequest
from comity.desk.submit_as_guest import (
    ListSubmissionsRequest,
    SubmissionList,
    SubmitAsGuestRequest,
    WithdrawAsGuestRequest,
    Withdrawn,
)
from comity.desk.views import StatusView
from comity.errors import Conflict, NotFound, RecordRejected, TooLarge, UsageError
from comity.records.labels import words_of
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.item_pages import TYPES
from comity.web.now_page import number
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.uploads import enter_with_upload
from comity.web.visit import Form, Visit, enter, enter_with_form

FOUND_PAGE = 50
SHOWN_LINES = 500  # of a submission's status; the API gives all
UPLOADED_WITHIN_S = 600.0
LEVELS: tuple[OfficersLevel, ...] = ("seen", "accepted", "need-time", "declined")
JSON = "application/json"


@get("/guest")
async def guest(request: Call) -> Page:
    """The first page."""
    return await _first(request, await enter(request))


@get("/guest/items")
async def released(request: Call) -> Page:
    """List what is released, found by words or type."""
    visit = await enter(request)
    visit.must_open("guest list")
    asked = {name: request.query_params.get(name, "").strip()[:LONGEST_WORDS] for name in ("q", "type")}
    before = request.query_params.get("before", "")
    wanted = ListReleasedRequest(
        words=asked["q"],
        types=(asked["type"],) if asked["type"] else (),
        before=number(before) if before else None,
        limit=FOUND_PAGE,
    )
    found = await visit.ask("guest list", wanted, ReleasedList)
    return page(
        request,
        visit,
        "guest-items.html",
        here="released",
        asked=asked,
        again=urlencode({name: words for name, words in asked.items() if words}),
        is_first=not before,
        types=TYPES,
        found=found,
    )


@get("/guest/items/{item_id:str}")
async def released_item(request: Call, item_id: FromPath[str]) -> Page:
    """Show one item."""
    return await _item(request, await enter(request), item_id)


@get("/guest/items/{item_id:str}/bytes")
async def released_bytes(request: Call, item_id: FromPath[str]) -> Response[bytes]:
    """Give the latest version as it is released, to be kept and never run."""
    visit = await enter(request)
    visit.must_open("guest item")
    shown = await visit.ask("guest item", ShowReleasedRequest(id=item_id), ReleasedShown)
    return Response(shown.versions[0].body.encode(), media_type=JSON, headers=_attached(visit, "item.json"))


@get("/guest/bundle")
async def bundle(request: Call) -> Stream:
    """Give all that is released as one bundle of STIX. Cut off, it is no JSON any more: nobody takes half for all."""
    visit = await enter(request)
    visit.must_open("guest export")
    first = await visit.ask("guest export", ExportReleasedRequest(), ReleasedExport)
    name = f"bundle--{uuid4(visit.door.node)}"
    return Stream(_bundled(visit, name, first), media_type=JSON, headers=_attached(visit, "released.json"))


@post("/guest/answer", status_code=HTTPStatus.OK)
async def answer(request: Call) -> Page:
    """Record what an officer of the guest's party says of an item or an act."""
    visit, form = await enter_with_form(request)
    visit.must_open("guest answer")
    about, level = form.get("id", ""), next((one for one in LEVELS if one == form.get("level")), None)
    try:
        if level is None:
            raise UsageError("say what you answer")
        asked = AnswerAsGuestRequest(
            id=about,
            level=level,
            by=form.get("by", ""),
            reason=form.get("reason", "").strip() or None,
            until=form.get("until", "").strip() or None,
            idempotency_key=form.get("key") or None,
        )
        await visit.ask("guest answer", asked, GuestAnswered)
    except (UsageError, Conflict) as error:
        if form.get("on") == "item":
            return await _item(request, visit, about, given=form, refused=error)
        return await _first(request, visit, given=form, refused=error)
    return see_other(visit, f"/guest/items/{quote(about, safe='')}" if form.get("on") == "item" else "/guest")


@get("/guest/submissions")
async def submissions(request: Call) -> Page:
    """Ask for a submission, and list the latest."""
    return await _submissions(request, await enter(request))


@post("/guest/submissions", status_code=HTTPStatus.OK, request_max_body_size=None)
async def submit(request: Call) -> Page:
    """Take a submission in."""
    limit = request.app.state["door"].node.settings.max_content_length
    visit, upload = await enter_with_upload(request, "guest submit", limit, UPLOADED_WITHIN_S)
    pasted = upload.fields.get("pasted", "").replace("\r\n", "\n").encode("utf-8", "replace")
    asked = SubmitAsGuestRequest(
        body=pasted if upload.file is None else upload.file, idempotency_key=upload.fields.get("key") or None
    )
    try:
        status = await visit.ask("guest submit", asked, StatusView)
    except (UsageError, RecordRejected, TooLarge, Conflict) as error:
        return await _submissions(request, visit, given=upload.fields, refused=error)
    return see_other(visit, f"/guest/submissions/{status.id}")


@get("/guest/submissions/{status_id:str}")
async def submission(request: Call, status_id: FromPath[str]) -> Page:
    """Say what became of a submission."""
    visit = await enter(request)
    visit.must_open("guest submissions")
    listed = await visit.ask("guest submissions", ListSubmissionsRequest(id=status_id), SubmissionList)
    (status,) = listed.submissions
    return page(
        request,
        visit,
        "guest-submission.html",
        here="submit",
        status=status,
        kept=status.successes[:SHOWN_LINES],
        refused=status.failures[:SHOWN_LINES],
        kept_h=listed.kept_h,
    )


@post("/guest/submissions/withdraw", status_code=HTTPStatus.OK)
async def withdraw(request: Call) -> Page:
    """Take a submission of the party's back."""
    visit, form = await enter_with_form(request)
    visit.must_open("guest withdraw")
    asked = WithdrawAsGuestRequest(id=form.get("id", "").strip(), idempotency_key=form.get("key") or None)
    try:
        done = await visit.ask("guest withdraw", asked, Withdrawn)
    except (UsageError, NotFound, Conflict) as error:
        return await _submissions(request, visit, given=form, unfound=error)
    return await _submissions(request, visit, withdrawn=done)


async def _first(
    request: Call, visit: Visit, *, given: Form | None = None, refused: UsageError | Conflict | None = None
) -> Page:
    visit.must_open("guest show")
    shown = await visit.ask("guest show", ShowGuestRequest(), GuestShown)
    return page(
        request,
        visit,
        "guest.html",
        here="guest",
        code=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        shown=shown,
        new=[one for one in shown.items if one.is_new],
        given=given or {},
        refused=_told(visit, refused),
        levels=LEVELS,
        key=_key(visit),
    )


async def _item(
    request: Call,
    visit: Visit,
    item_id: str,
    *,
    given: Form | None = None,
    refused: UsageError | Conflict | None = None,
) -> Page:
    visit.must_open("guest item")
    shown = await visit.ask("guest item", ShowReleasedRequest(id=item_id), ReleasedShown)
    return page(
        request,
        visit,
        "guest-item.html",
        here="released",
        code=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        shown=shown,
        item=shown.item,
        at_length=words_of(shown.versions[0].body.encode()).strip().splitlines(),
        given=given or {},
        refused=_told(visit, refused),
        levels=LEVELS,
        key=_key(visit),
    )


async def _submissions(
    request: Call,
    visit: Visit,
    *,
    given: Form | None = None,
    refused: UsageError | RecordRejected | TooLarge | Conflict | None = None,
    unfound: UsageError | NotFound | Conflict | None = None,
    withdrawn: Withdrawn | None = None,
) -> Page:
    visit.must_open("guest submit")
    listed = await visit.ask("guest submissions", ListSubmissionsRequest(), SubmissionList)
    is_good = refused is None and unfound is None
    return page(
        request,
        visit,
        "guest-submissions.html",
        here="submit",
        code=HTTPStatus.OK if is_good else HTTPStatus.UNPROCESSABLE_ENTITY,
        listed=listed,
        given=given or {},
        refused=_told(visit, refused),
        unfound=_told(visit, unfound),
        withdrawn=withdrawn,
        most_bytes=visit.door.node.settings.max_content_length,
        key=_key(visit),
    )


async def _bundled(visit: Visit, name: str, part: ReleasedExport) -> AsyncIterator[bytes]:
    """Write the bundle page by page, each as it is released at its moment."""
    yield b'{"type":"bundle","id":"' + name.encode() + b'","objects":['
    before = b""
    while True:
        if part.objects:
            yield before + b",\n".join(one.encode() for one in part.objects)
            before = b",\n"
        if part.after is None:
            break
        part = await visit.ask("guest export", ExportReleasedRequest(after=part.after), ReleasedExport)
    yield b"]}\n"


def _attached(visit: Visit, name: str) -> dict[str, str]:
    """Give the head of an answer that is to be kept as a file; of an exercise the name says so."""
    named = f"exercise-{name}" if visit.door.node.settings.exercise else name
    return {"content-disposition": f'attachment; filename="{named}"'}


def _key(visit: Visit) -> str:
    """Give a key for the forms of a page: sent twice, one has one effect."""
    return visit.door.node.entropy(16).hex()


def _told(visit: Visit, error: UsageError | RecordRejected | TooLarge | Conflict | NotFound | None) -> str:
    if error is None:
        return ""
    with speaking(visit.language):
        return sentence(error)


ROUTES = (
    guest,
    released,
    released_item,
    released_bytes,
    bundle,
    answer,
    submissions,
    submit,
    submission,
    withdraw,
)
