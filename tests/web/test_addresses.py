"""Tests where the desk is for a browser, and which paths are its own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.web.addresses import Base, own_path
from tests.support.desk import Office, an_office


@pytest.mark.parametrize(
    ("origin", "has_name"),
    [
        ("https://desk.example", True),
        ("http://desk.example", False),
        ("http://localhost:8700", True),
        ("https://192.0.2.1", False),
        ("https://[2001:db8::1]:8700", False),
    ],
)
def test_passkeys_need_a_name_and_tls_or_this_machine(origin: str, has_name: bool) -> None:
    assert Base(origin, "").has_name is has_name


@pytest.mark.parametrize("path", ["/", "/items?q=a%20b", "/items/indicator--1", "/account#keys"])
def test_a_path_of_the_desk_is_kept(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("path", ["//[", "//[x", "http://[", "/\u2603", "/\u202e", "/\r\nx: y", "\\\\evil.example"])
def test_what_is_no_path_of_the_desk_is_the_first_page(path: str) -> None:
    assert own_path(path) == "/"


@given(st.text())
def test_whatever_is_given_stays_at_the_desk(path: str) -> None:
    kept = own_path(path)
    assert kept.startswith("/") and not kept.startswith(("//", "/\\"))


def test_behind_a_proxy_the_settings_say_where_the_desk_is(tmp_path: Path) -> None:
    with an_office(tmp_path, public_url="https://cert.example/hub") as office:
        account = office.account("mara.ellend")
        visitor = office.visitor()
        page = visitor.get("/sign-in").text
        assert 'action="/hub/sign-in"' in page and 'href="/hub/static/' in page
        answer = visitor.post("/sign-in", {"name": "mara.ellend", "password": "x", "code": "1", "next": "/"})
        assert answer.status_code == 422
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert visitor.get("/").headers["location"] == "/hub/sign-in"
        assert account.name == "mara.ellend"


def test_a_proxy_that_is_not_trusted_moves_nothing(office: Office) -> None:
    page = office.visitor(**{"x-forwarded-proto": "https", "x-forwarded-prefix": "/evil"}).get("/sign-in")
    assert "/evil" not in page.text and "strict-transport-security" not in page.headers
