"""Serves a node as `comity node serve` does, and beside its pages each template alone with the data it last had.

`python -m benchmarks.desk_server FOLDER`. What a page was made of is kept in memory when it is asked for; `AGAIN`
renders the same template with the same data, through the same server and outermost layer, for whoever has a session:
that is looked up as for every page, and nothing else is asked of the node.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from litestar import get
from litestar.params import FromPath
from litestar.response import Response
from rich.console import Console

from comity.cli.serving import Address, serve_node
from comity.desk.node_type import Node
from comity.desk.sessions import Person, look_up
from comity.web.addresses import Call
from comity.web.app import Site
from comity.web.door import DeskDoor
from comity.web.pages import Page, Pages, page
from comity.web.static_files import StaticFiles
from comity.web.visit import Visit, cookie_name

KEEP, AGAIN = "/benchmark/keep", "/benchmark/again"


class Made(NamedTuple):
    """Of what a page was made."""

    template: str
    visit: Visit
    here: str
    facts: dict[str, object]


class KeepingPages(Pages):
    """The templates, remembering of what the last page was made. State: that, and what was put by."""

    def __init__(self, static: StaticFiles) -> None:
        super().__init__(static)
        self.last: Made | None = None
        self.kept: list[Made] = []

    def render(self, name: str, visit: Visit, here: str, facts: dict[str, object]) -> bytes:
        """Give a page's bytes."""
        self.last = Made(name, visit, here, facts)
        return super().render(name, visit, here, facts)


class KeepingSite(Site):
    """The site with two more places."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.desk.state["pages"] = KeepingPages(self.desk.state["static"])
        for place in (keep, again):
            self.desk.register(place)


@get(KEEP)
async def keep(request: Call) -> Response[str]:
    """Put by what the last page was made of; gives its number."""
    pages: KeepingPages = request.app.state["pages"]
    if pages.last is None:
        raise LookupError("no page was asked for")
    pages.kept.append(pages.last)
    return Response(str(len(pages.kept) - 1), media_type="text/plain")


@get(AGAIN + "/{number:int}")
async def again(request: Call, number: FromPath[int]) -> Page:
    """Render a template with the data put by, for somebody who is signed in."""
    pages: KeepingPages = request.app.state["pages"]
    door: DeskDoor = request.app.state["door"]
    made = pages.kept[number]
    await door.door.looking_up(signed_in, door.node, request.cookies[cookie_name(made.visit.base)])
    return page(request, made.visit, made.template, here=made.here, **made.facts)


def signed_in(node: Node, secret: str) -> Person:
    """Give whose session this is."""
    with node.store.read() as tx:
        return look_up(node, tx, secret)[0]


if __name__ == "__main__":
    sys.exit(
        serve_node(Path(sys.argv[1]), Address(port=0), as_json=True, err=Console(stderr=True), site_of=KeepingSite)
    )
