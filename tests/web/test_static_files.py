"""Tests stylesheets and scripts: at addresses that change with them, small, and asking nobody else for anything."""

import re
from pathlib import Path

import pytest

from comity.desk.actor import PersonRole
from comity.errors import NotFound
from comity.web.static_files import StaticFiles
from tests.support.busy_desk import PAGES
from tests.support.desk import Office, an_office
from tests.support.desk_story import INDICATOR, busy
from tests.support.nodes import an_object

ROLES_OF: dict[str, tuple[PersonRole, ...]] = {
    "mara.ellend": ("duty-officer", "releaser"),
    "ada.brandt": ("administrator",),
    "tomas.weyl": ("approver",),
}
MORE = (f"items/{INDICATOR}", "items?type=note", "items?q=x*", "release?after=party-050")


def test_a_file_is_kept_for_ever_at_its_address(office: Office) -> None:
    visitor = office.visitor()
    page = visitor.get("/sign-in").text
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(paths) == 5
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript", "image/svg+xml")


def test_another_address_gives_nothing(office: Office) -> None:
    files = StaticFiles()
    digest = files.path("base.css").split("/")[2]
    for path in ("/static/0/base.css", f"/static/{digest}/x.css", f"/static/{digest}/..%2fapp.py", "/static/base.css"):
        assert office.visitor().get(path).status_code == 404
    with pytest.raises(NotFound):
        files.body(digest, "tokens.css")


def test_no_stylesheet_or_script_asks_anybody_else(office: Office) -> None:
    files = StaticFiles()
    for name in ("tokens.css", "base.css", "components.css", "passkeys.js", "live.js"):
        body = files.body(files.path(name).split("/")[2], name).decode()
        assert "http:" not in body and "https:" not in body and "@import" not in body
        assert "innerHTML" not in body and "eval(" not in body


def test_the_first_view_and_its_scripts_are_light(office: Office) -> None:
    visitor = office.visitor()
    page = visitor.get("/sign-in")
    sizes = {path: len(visitor.get(path).content) for path in re.findall(r'"(/static/[^"]+)"', page.text)}
    assert len(page.content) + sum(sizes.values()) <= 150_000
    assert sum(size for path, size in sizes.items() if path.endswith(".js")) <= 40_000


def test_no_page_of_a_crowded_desk_is_heavy(tmp_path: Path) -> None:
    with an_office(tmp_path, exercise=True) as office:
        busy(
            office.hub, *[an_object("note", 1_000 + n, object_refs=[INDICATOR], content="x" * 200) for n in range(250)]
        )
        for number in range(120):
            office.hub.party(f"Party {number:03d}")
        broken = [{"type": "indicator", "name": f"broken {number}"} for number in range(150)]
        office.hub.put(*broken)
        for name in PAGES:
            visitor = office.signed_in(*ROLES_OF[name], name=name) if name in ROLES_OF else office.guest(name=name)
            for path in (*PAGES[name], *(MORE if name == "mara.ellend" else ())):
                page = visitor.follow(f"/{path}")
                linked = set(re.findall(r'"(/static/[^"]+)"', page.text))
                sizes = {one: len(visitor.get(one).content) for one in linked}
                assert len(page.content) + sum(sizes.values()) <= 150_000, (name, path, len(page.content))
                assert sum(size for one, size in sizes.items() if one.endswith(".js")) <= 40_000
