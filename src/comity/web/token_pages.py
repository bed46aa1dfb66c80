"""Makes and revokes the tokens by which programs act for the visitor."""

from http import HTTPStatus

from litestar import get, post
from litestar.params import FromPath

from comity.desk.api_tokens import (
    ALL,
    MOST_DAYS,
    NOUNS,
    READ,
    WRITE,
    AddTokenRequest,
    ListTokensRequest,
    RevokeTokenRequest,
    TokenAdded,
    TokenList,
    TokenView,
)
from comity.desk.roles import OPENED
from comity.errors import Conflict, NotPermitted, UsageError
from comity.texts import speaking
from comity.web.addresses import Call
from comity.web.now_page import number
from comity.web.pages import Page, page, see_other
from comity.web.problems import sentence
from comity.web.visit import Form, Visit, enter, enter_with_form

SCOPES = tuple(f"{noun}:{word}" for noun in (ALL, *NOUNS) for word in (READ, WRITE))


@get("/account/tokens")
async def tokens(request: Call) -> Page:
    """List the visitor's tokens."""
    return await _tokens(request, await enter(request))


@post("/account/tokens", status_code=HTTPStatus.OK)
async def make(request: Call) -> Page:
    """Make a token, and show it once."""
    visit, form = await enter_with_form(request)
    scopes = tuple(form.get("scopes", "").split())
    try:
        asked = AddTokenRequest(name=form.get("token_name", ""), scopes=scopes, days=number(form.get("days", "")))
        added = await visit.ask("token add", asked, TokenAdded)
    except (UsageError, Conflict, NotPermitted) as error:
        with speaking(visit.language):
            return await _tokens(request, visit, given=form, refused=sentence(error))
    return await _tokens(request, visit, added=added)


@post("/account/tokens/{token_no:str}/revoke", status_code=HTTPStatus.OK)
async def revoke(request: Call, token_no: FromPath[str]) -> Page:
    """Take a token away."""
    visit, _ = await enter_with_form(request)
    await visit.ask("token revoke", RevokeTokenRequest(number=number(token_no)), TokenView)
    return see_other(visit, "/account/tokens")


async def _tokens(
    request: Call, visit: Visit, *, given: Form | None = None, refused: str = "", added: TokenAdded | None = None
) -> Page:
    held = await visit.ask("token list", ListTokensRequest(), TokenList)
    return page(
        request,
        visit,
        "tokens.html",
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        tokens=held.tokens,
        added=added,
        refused=refused,
        given=given or {},
        scopes=[one for one in SCOPES if _is_of_use(visit, one)],
        most_days=MOST_DAYS,
        origin=visit.base.origin + visit.base.path,
    )


def _is_of_use(visit: Visit, scope: str) -> bool:
    """Tell whether a scope lets a program do anything that this visitor may."""
    noun = scope.partition(":")[0]
    return noun == ALL or any(verb.partition(" ")[0] == noun and visit.opens(verb) for verb in OPENED)


ROUTES = (tokens, make, revoke)
