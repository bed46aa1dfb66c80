"""Tests the desk as a whole: which door a path goes to, the headers of every answer, who may do what."""

import logging
import re
from pathlib import Path

import httpx
import pytest
from litestar.routes import HTTPRoute

from comity.desk.accounts import ROLES
from tests.support.desk import Office, an_office
from tests.support.desk_story import busy
from tests.support.taxii import MEDIA

OPEN = {"/sign-in", "/begin", "/begin/account", "/passkeys/request", "/passkeys/sign-in"}
OPEN |= {"/sign-in/with/{name:str}", "/sign-in/from/{name:str}", "/begin/with/{name:str}", "/begin/identity"}


def routes(office: Office) -> list[tuple[str, str]]:
    """Every route of the desk with each of its methods."""
    found = []
    for route in office.site.desk.routes:
        assert isinstance(route, HTTPRoute)
        found += [(method, route.path) for method in route.methods if method not in ("OPTIONS", "HEAD")]
    assert len(found) > 8
    return found


def check_headers(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["x-request-id"]


def test_every_answer_has_the_headers_and_no_page_is_kept(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("duty-officer", "administrator")
    for method, path in routes(office):
        answer = visitor(method, path.replace("{", "").replace("}", ""))
        check_headers(answer)
        assert answer.headers["cache-control"] == "no-store"
    check_headers(visitor.get("/no/such/page"))


def test_no_page_has_inline_script_or_style(office: Office) -> None:
    visitor = office.signed_in("duty-officer")
    stranger = office.visitor()
    for answer in (stranger.get("/sign-in"), stranger.get("/begin"), visitor.get("/"), visitor.get("/account")):
        assert " style=" not in answer.text and "<style" not in answer.text
        assert answer.text.count("<script") == answer.text.count("<script src=")
        assert "http://" not in answer.text.replace("http://localhost", "") and "https://" not in answer.text


def test_nothing_changes_by_opening_a_page(office: Office) -> None:
    for route in office.site.desk.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            assert not ("GET" in handler.http_methods and "POST" in handler.http_methods)


def test_a_stranger_gets_the_sign_in_and_nothing_else(office: Office) -> None:
    for method, path in routes(office):
        if path in OPEN or path.startswith(("/static/", "/{rest")):
            continue
        answer = office.visitor()(method, path, headers={"content-type": "application/x-www-form-urlencoded"})
        assert answer.status_code in (303, 401), path


def test_a_form_from_another_site_changes_nothing(office: Office) -> None:
    visitor = office.signed_in("administrator")
    visitor.get("/account")
    fields = {"csrf": visitor.csrf}
    for said in ({"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "none"}):
        assert visitor.post("/sign-out", fields, **said).status_code == 403
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost:8700", 422), ("http://localhost:8701", 403), ("null", 403), ("", 403)]
)
def test_a_browser_that_says_only_its_origin_is_believed_by_that(office: Office, origin: str, status: int) -> None:
    said = {"origin": origin} if origin else {}
    visitor = office.visitor(says_site=False, **said)
    assert visitor.post("/sign-in", {"name": "mara", "password": "x", "code": "1"}).status_code == status


def test_a_form_needs_the_token_of_its_own_session(office: Office) -> None:
    mine, theirs = office.signed_in("analyst"), office.signed_in("analyst", name="tomas.weyl")
    theirs.get("/account")
    for token in ("", "x", theirs.csrf):
        mine.get("/account")
        assert mine.fill("/sign-out", csrf=token).status_code == 403
    mine.get("/account")
    assert mine.fill("/sign-out").status_code == 303


def test_taxii_and_the_desk_live_side_by_side(office: Office) -> None:
    visitor = office.visitor()
    for path in ("/taxii2/", "/taxii2/root/collections/"):
        answer = visitor("GET", path, headers={"accept": MEDIA})
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (401, "application/taxii+json")
    assert visitor.get("/healthz").json() == {"status": "ok"}
    assert visitor.get("/log/checkpoint").headers["content-type"].startswith(("text/plain", "application/taxii+json"))
    for path in ("/taxii2x", "/logs", "/nothing"):
        assert visitor.get(path).headers["content-type"] == "text/html; charset=utf-8"


def test_what_is_not_there_is_the_same_page_for_everybody(office: Office) -> None:
    pages = set()
    for visitor in (office.visitor(), office.signed_in("auditor")):
        answer = visitor.get("/items/x/y/z")
        assert answer.status_code == 404
        pages.add(answer.text.partition("<h1>")[2].partition("</header>")[0])
    assert len(pages) == 1


def test_each_role_gets_its_first_page(office: Office) -> None:
    for number, role in enumerate(ROLES):
        assert office.signed_in(role, name=f"person{number}").follow("/").status_code == 200


def test_an_exercise_says_so_on_every_page(tmp_path: Path) -> None:
    with an_office(tmp_path, exercise=True) as office:
        visitor = office.signed_in("duty-officer")
        pages = [visitor.get(path) for path in ("/", "/account", "/nothing")]
        pages += [office.visitor().get(path) for path in ("/sign-in", "/begin")]
    for page in pages:
        assert 'data-node="exercise"' in page.text and '<div class="exercise"' in page.text
        assert "(Exercise)</title>" in page.text


def test_a_fault_is_told_by_a_number_alone_and_logged_by_its_place(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = office.signed_in("duty-officer")
    door = office.site.desk.state["door"]
    door.door.node = office.hub.node._replace(settings=None)  # type: ignore[arg-type]  # a fault nobody foresees
    with caplog.at_level(logging.ERROR, logger="comity.taxii"):
        answer = visitor.get("/")
    assert answer.status_code == 500
    assert "NoneType" not in answer.text and answer.headers["x-request-id"] in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "AttributeError" in caplog.text


def test_a_large_form_is_refused(office: Office) -> None:
    answer = office.visitor().post("/sign-in", {"name": "x" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"a=1&a=2", b"&".join(b"f%d=1" % n for n in range(200)), b"no form"])
def test_what_is_no_form_is_refused_as_that(office: Office, body: bytes) -> None:
    assert office.visitor()("POST", "/sign-in", content=body).status_code == 400


def test_pages_speak_the_language_of_the_browser_and_its_direction(office: Office) -> None:
    english, accented = office.visitor(), office.visitor(**{"accept-language": "en-XA,en;q=0.5"})
    assert '<html lang="en" dir="ltr">' in english.get("/sign-in").text
    page = accented.get("/sign-in").text
    assert '<html lang="en-XA" dir="ltr">' in page and "⟦Šîĝñ îñ ţö Freedonia CSIRT" in page
    right = office.visitor(**{"accept-language": "ar-XB"}).get("/sign-in").text
    assert '<html lang="ar-XB" dir="rtl">' in right


def test_every_path_of_the_machines_goes_to_their_door(office: Office) -> None:
    paths = [route.path for route in office.site.taxii.routes if isinstance(route, HTTPRoute)]
    assert "/hint" in paths and len(paths) > 8
    for path in paths:
        answer = office.visitor().get(re.sub(r"\{[^}]*\}", "x", path))
        assert not answer.headers["content-type"].startswith("text/html"), path
