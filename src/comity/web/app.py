"""Builds the desk's application: pages behind the outermost layer, errors told on pages, strangers led to the sign-in.

Pages and TAXII are served by one process: `create_site` gives the door of each by its path.
"""

from http import HTTPStatus
from urllib.parse import quote

from litestar import Litestar, Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from comity.api.app import PREFIX as API
from comity.api.app import create_api
from comity.desk.node_type import Node
from comity.errors import AwaitsApproval, NotFound, Unauthenticated
from comity.taxii import hint, log
from comity.taxii.app import create_app
from comity.taxii.door import Door
from comity.taxii.front import Front, Manner, log_fault
from comity.texts import speaking
from comity.web import (
    account_pages,
    administration_pages,
    agreement_pages,
    approval_pages,
    asking_pages,
    audit_pages,
    event_pages,
    guest_pages,
    identity_pages,
    item_pages,
    notice_pages,
    now_page,
    passkey_pages,
    peer_pages,
    provider_pages,
    release_pages,
    sign_in_pages,
    take_in_pages,
    token_pages,
    user_pages,
)
from comity.web.addresses import Call, base_of
from comity.web.door import DeskDoor
from comity.web.headers import ALWAYS, HTML
from comity.web.pages import Page, Pages, page, see_other
from comity.web.problems import trouble_of
from comity.web.static_files import StaticFiles, static_file
from comity.web.visit import Visit, arrive

MOST_FORM_BYTES = 64 * 1024
TAXII_PATHS = ("/taxii2", log.PREFIX, hint.PATH, "/healthz", "/readyz", "/metrics")
_UNEXPECTED = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Comity</title><p>{}</p></html>'


def create_desk(door: Door) -> Litestar:
    """Build the desk beside another door of the same node."""
    static = StaticFiles()
    routes = (
        sign_in_pages,
        passkey_pages,
        identity_pages,
        account_pages,
        now_page,
        event_pages,
        item_pages,
        agreement_pages,
        peer_pages,
        take_in_pages,
        release_pages,
        token_pages,
        notice_pages,
        approval_pages,
        asking_pages,
        administration_pages,
        audit_pages,
        user_pages,
        provider_pages,
        guest_pages,
    )
    desk = Litestar(
        route_handlers=[static_file, nothing, *(route for pages in routes for route in pages.ROUTES)],
        exception_handlers={Exception: _tell},
        state=State({"door": DeskDoor(door), "static": static, "pages": Pages(static)}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MOST_FORM_BYTES,
        debug=False,
    )
    desk.asgi_handler = Front(desk.asgi_handler, door, Manner(ALWAYS, f"{HTML}; charset=utf-8", _last_word))
    return desk


class Site:
    """The whole of what a node serves, each path by its door."""

    def __init__(self, node: Node) -> None:
        self.taxii = create_app(node)
        self.desk = create_desk(self.taxii.state["door"])
        self.api = create_api(self.taxii.state["door"])

    def close(self) -> None:
        """End what would go on by itself, so that the server can end; from the event loop only."""
        door: DeskDoor = self.desk.state["door"]
        door.listeners.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's start and end."""
        await self._door(scope)(scope, receive, send)

    def _door(self, scope: Scope) -> ASGIApp:
        if str(scope["type"]) != "http":
            return self.taxii
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")).rstrip("/"))
        if path == API or path.startswith(f"{API}/"):
            return self.api
        machine = any(path == one or path.startswith(f"{one}/") for one in TAXII_PATHS)
        return self.taxii if machine else self.desk


@get("/{rest:path}")
async def nothing(request: Call, rest: FromPath[str]) -> Page:
    """Say that there is no such page, with the rooms around it for whoever is signed in."""
    await arrive(request)
    raise NotFound("no such page")


def _tell(request: Request[None, None, State], error: Exception) -> Page:
    """Answer an error as a page; who is not signed in is led to the sign-in and from there to where they wanted."""
    request_id: str = request.scope["state"]["request_id"]
    visit = _visit(request)
    if isinstance(error, Unauthenticated) and request.method == "GET":
        path = request.scope["path"]
        return see_other(visit, "/sign-in" if path == "/" else f"/sign-in?next={quote(path)}")
    if isinstance(error, AwaitsApproval):
        return see_other(visit, f"/acts/{error.number}")
    with speaking(visit.language):
        trouble = trouble_of(error)
    if trouble.unexpected:
        log_fault(error, request_id)
    answer = page(
        request,
        visit,
        "problem.html",
        code=HTTPStatus(trouble.status),
        title=trouble.title,
        said=trouble.said,
        error_id=request_id,
    )
    if trouble.retry_after_s:
        answer.headers["retry-after"] = str(trouble.retry_after_s)
    return answer


def _visit(request: Request[None, None, State]) -> Visit:
    """Give who visits as far as it was found out before the error."""
    found = request.scope["state"].get("visit")
    if isinstance(found, Visit):
        return found
    door: DeskDoor = request.app.state["door"]
    return Visit(door, base_of(request, door.door), "", "en", None)


def _last_word(request_id: str) -> bytes:
    return _UNEXPECTED.format(request_id).encode()
