"""Takes in what people upload or paste: first a preview of what would become of it, then on their word the deed.

Of a table its columns are asked for before the preview, of a mail which of the indicators in it are meant.
"""

from http import HTTPStatus

import msgspec
from litestar import get, post
from litestar.params import FromPath

from comity.desk.begin_intake import IntakeBegun, IntakeList, IntakeShown, ListIntakesRequest, ShowIntakeRequest
from comity.desk.input_forms import form_of
from comity.desk.intake_tally import TakenIn
from comity.desk.list_mails import ListMailsRequest, MailList
from comity.desk.mail_intake import MailChoice
from comity.desk.read_mail import MailRead, ReadMailRequest
from comity.desk.sessions import Person
from comity.desk.show_columns import ColumnsShown, ShowColumnsRequest
from comity.desk.take_in import TakeInRequest, plain_name
from comity.errors import ComityError, Conflict, NotFound, NotPermitted, Unauthenticated, UsageError
from comity.records.table_columns import FIELDS, Columns
from comity.texts import speaking
from comity.values import Tlp
from comity.web.addresses import Call
from comity.web.directory import directory_for
from comity.web.drafts import Draft
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.uploads import Upload, enter_with_upload
from comity.web.visit import Form, Visit, enter, enter_with_form

UPLOADED_WITHIN_S = 600.0
MOST_AT_ONCE = 500  # objects that are kept while one waits for the page
MOST_RUNS = 5
MOST_ASKED = 90  # a form has at most a hundred fields
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
        match form_of(name, body):
            case "csv":
                return await _ask_columns(request, visit, asked)
            case "mail":
                return await _ask_mail(request, visit, asked)
            case _:
                pass
        found = await visit.ask("item preview", asked, TakenIn)
    except (UsageError, NotFound) as error:
        return await _form(request, visit, fields=fields, refused=error)
    return await _previewed(request, visit, asked, found)


@post("/take-in/columns", status_code=HTTPStatus.OK)
async def columns(request: Call) -> Page:
    """Take the word on what a table's columns are, and say what would become of its rows; or ask for it again."""
    visit, form = await enter_with_form(request)
    asked = _draft(visit, form).request
    if "again" in form:
        return await _ask_columns(request, visit, asked)
    said = {field: form[field] for field in FIELDS if form.get(field)}
    try:
        chosen = msgspec.convert(said | {"header": "header" in form}, Columns)
        asked = msgspec.structs.replace(asked, columns=chosen)
        found = await visit.ask("item preview", asked, TakenIn)
    except msgspec.ValidationError:
        return await _ask_columns(request, visit, asked, refused=UsageError("say which column is the value"))
    except UsageError as error:
        return await _ask_columns(request, visit, asked, refused=error)
    return await _previewed(request, visit, asked, found)


@get("/take-in/mails/{stix_id:str}")
async def kept_mail(request: Call, stix_id: FromPath[str]) -> Page:
    """Open a mail that came by itself."""
    visit = await enter(request)
    return await _ask_mail(request, visit, TakeInRequest(name="mail.eml", kept=stix_id))


@post("/take-in/mail", status_code=HTTPStatus.OK)
async def mail(request: Call) -> Page:
    """Take the word on which indicators of a mail are meant, and say what would become of them; or ask for it again."""
    visit, form = await enter_with_form(request)
    asked = _draft(visit, form).request
    if "again" in form:
        return await _ask_mail(request, visit, asked)
    asked = msgspec.structs.replace(asked, source=form.get("source") or None)
    take = tuple(choice for name, choice in form.items() if name.startswith("take-"))
    asked = msgspec.structs.replace(asked, mail=MailChoice(take=take, tlp=form.get("tlp") or None))
    try:
        found = await visit.ask("item preview", asked, TakenIn)
    except (UsageError, NotFound) as error:
        asked = msgspec.structs.replace(asked, source=None) if isinstance(error, NotFound) else asked
        return await _ask_mail(request, visit, asked, refused=error)
    return await _previewed(request, visit, asked, found)


@post("/take-in/commit", status_code=HTTPStatus.OK)
async def commit(request: Call) -> Page:
    """Take in what was previewed; what takes longer than one waits goes on beside, and its page says how far it is."""
    visit, form = await enter_with_form(request)
    draft = _draft(visit, form)
    asked = msgspec.structs.replace(draft.request, idempotency_key=draft.key)
    if draft.objects > MOST_AT_ONCE:
        begun = await visit.ask("intake begin", asked, IntakeBegun)
        visit.door.drafts.drop(_person(visit).no)
        return see_other(visit, f"/take-in/runs/{begun.id}")
    found = await visit.ask("item take-in", asked, TakenIn)
    visit.door.drafts.drop(_person(visit).no)
    return await _shown(request, visit, asked, found, draft="")


@get("/take-in/runs/{run:str}")
async def progress(request: Call, run: FromPath[str]) -> Page:
    """How far content is that is being taken in, or what became of it."""
    visit = await enter(request)
    shown = await visit.ask("intake show", ShowIntakeRequest(id=run), IntakeShown)
    return page(request, visit, "take-in-run.html", here="take-in", shown=shown, run=shown.view)


@get("/take-in/runs/{run:str}/objects")
async def objects(request: Call, run: FromPath[str]) -> Page:
    """What became of content, object by object."""
    visit = await enter(request)
    shown = await visit.ask("intake show", ShowIntakeRequest(id=run), IntakeShown)
    if shown.taken is None or shown.view.ended_at is None:
        return see_other(visit, f"/take-in/runs/{shown.view.id}")
    return await _shown(request, visit, TakeInRequest(name=shown.view.name), shown.taken, draft="")


def _draft(visit: Visit, form: Form) -> Draft:
    """Find what this person uploaded.

    Raises:
        Conflict: it is held no longer.
    """
    draft = visit.door.drafts.find(_person(visit).no, form.get("draft", ""), visit.door.node.clock())
    if draft is None:
        raise Conflict("what was previewed is no longer held: upload it again")
    return draft


async def _previewed(request: Call, visit: Visit, asked: TakeInRequest, found: TakenIn) -> Page:
    draft = visit.door.drafts.hold(_person(visit).no, asked, visit.door.node.clock(), found.objects)
    return await _shown(request, visit, asked, found, draft=draft.key)


async def _shown(request: Call, visit: Visit, asked: TakeInRequest, found: TakenIn, *, draft: str) -> Page:
    """Show what becomes of content; without a draft it has become so."""
    return page(
        request,
        visit,
        "take-in-preview.html",
        here="take-in",
        found=found,
        draft=draft,
        done=not draft,
        name=plain_name(asked.name),
        asked=asked,
        parties=await directory_for(visit),
    )


async def _ask_columns(
    request: Call, visit: Visit, asked: TakeInRequest, *, refused: ComityError | None = None
) -> Page:
    """Ask what a table's columns are, with what was said or is guessed of them."""
    shown = await visit.ask("item columns", ShowColumnsRequest(body=asked.body, name=asked.name), ColumnsShown)
    draft = visit.door.drafts.hold(_person(visit).no, asked, visit.door.node.clock())
    return page(
        request,
        visit,
        "take-in-columns.html",
        here="take-in",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        refused=_told(visit, refused),
        shown=shown,
        chosen=asked.columns or shown.guess,
        fields=FIELDS,
        draft=draft.key,
        name=plain_name(asked.name),
    )


async def _ask_mail(request: Call, visit: Visit, asked: TakeInRequest, *, refused: ComityError | None = None) -> Page:
    """Ask which indicators of a mail are meant, with what was said or is proposed."""
    wanted = ReadMailRequest(body=asked.body, name=asked.name, id=asked.kept, source=asked.source)
    shown = await visit.ask("mail read", wanted, MailRead)
    draft = visit.door.drafts.hold(_person(visit).no, asked, visit.door.node.clock())
    parties = await directory_for(visit)
    proposed = {one.key for one in shown.indicators if one.proposed}
    return page(
        request,
        visit,
        "take-in-mail.html",
        here="take-in",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        refused=_told(visit, refused),
        shown=shown,
        listed=shown.indicators[:MOST_ASKED],
        chosen=proposed if asked.mail is None else set(asked.mail.take),
        level=shown.tlp if asked.mail is None else asked.mail.tlp or "",
        levels=[level.word for level in Tlp if not shown.tlp or level >= Tlp.of(shown.tlp)],
        draft=draft.key,
        name=plain_name(asked.name),
        source=asked.source or (shown.signer if asked.mail is None and shown.signer in parties.parties else ""),
        parties=parties,
    )


def _told(visit: Visit, error: ComityError | None) -> str:
    if error is None:
        return ""
    with speaking(visit.language):
        return sentence(error)


def _content(upload: Upload) -> tuple[bytes, str]:
    """Give the content of the file, or else of the text, and a name for it."""
    if upload.file is not None:
        return upload.file, plain_name(upload.file_name)
    pasted = upload.fields.get("pasted", "")
    return pasted.replace("\r\n", "\n").encode("utf-8", "replace"), "pasted"


async def _form(request: Call, visit: Visit, *, fields: Form | None = None, refused: ComityError | None = None) -> Page:
    if not visit.opens("item take-in"):
        raise NotPermitted("{verb} is not open to your roles", verb="item take-in")
    said = _told(visit, refused)
    waiting = (await visit.ask("mail list", ListMailsRequest(), MailList)).mails
    runs = (await visit.ask("intake list", ListIntakesRequest(limit=MOST_RUNS), IntakeList)).intakes
    return page(
        request,
        visit,
        "take-in.html",
        here="take-in",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        refused=said,
        waiting=waiting,
        runs=runs,
        given=fields or {},
        levels=LEVELS,
        most_bytes=visit.door.node.settings.max_content_length,
        parties=await directory_for(visit),
    )


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise Unauthenticated("sign in first")
    return visit.person


ROUTES = (take_in_form, progress, objects, preview, columns, kept_mail, mail, commit)
