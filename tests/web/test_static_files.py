"""Tests stylesheets and scripts: at addresses that change with them, small, and asking nobody else for anything."""

import re

import pytest

from comity.errors import NotFound
from comity.web.static_files import StaticFiles
from tests.support.desk import Office


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
