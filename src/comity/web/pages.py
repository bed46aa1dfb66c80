"""Makes pages out of templates: escaped throughout, nothing undefined passed over, in the language of the visitor.

Templates choose and place, they do not decide. Their words go through the catalogue by `text`, `counted` and `marked`.
"""

from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar.response import Response

from comity.texts import counted, speaking, text
from comity.values import iso
from comity.web import spans, words
from comity.web.addresses import Call
from comity.web.frame import frame_of
from comity.web.headers import HTML, STRICT_TRANSPORT
from comity.web.markup import marked, minute
from comity.web.static_files import StaticFiles
from comity.web.visit import Visit

Page = Response[bytes]


class Pages:
    """The templates, read once and compiled."""

    def __init__(self, static: StaticFiles) -> None:
        self._templates = Environment(
            loader=PackageLoader("comity", "web/templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["iso"] = iso
        self._templates.globals.update(
            text=text, counted=counted, marked=marked, minute=minute, static=static.path, spans=spans, words=words
        )

    def render(self, name: str, visit: Visit, here: str, facts: dict[str, object]) -> bytes:
        """Give a page's bytes."""
        with speaking(visit.language):
            return self._templates.get_template(name).render(frame=frame_of(visit, here), **facts).encode()


def page(
    request: Call, visit: Visit, template: str, /, *, here: str = "", code: int = HTTPStatus.OK, **facts: object
) -> Page:
    """Answer with a page. `here` is the room it belongs to, `code` HTTP's; the rest is what the template shows."""
    pages: Pages = request.app.state["pages"]
    answer = Response(pages.render(template, visit, here, facts), media_type=HTML, status_code=code)
    answer.headers["vary"] = "cookie, accept-language"
    if visit.base.secure:
        answer.headers[STRICT_TRANSPORT[0]] = STRICT_TRANSPORT[1]
    return answer


def see_other(visit: Visit, path: str) -> Page:
    """Send the visitor on to a page of the desk."""
    place = {"location": visit.base.path + path}
    return Response(b"", media_type=HTML, status_code=HTTPStatus.SEE_OTHER, headers=place)
