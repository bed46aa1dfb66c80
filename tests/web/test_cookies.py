"""Tests how a browser is given a session and loses it."""

from tests.support.desk import Office


def test_signing_out_takes_the_secret_from_the_browser(office: Office) -> None:
    visitor = office.signed_in()
    visitor.get("/account")
    answer = visitor.fill("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not visitor.cookies


def test_the_secret_stands_in_the_cookie_alone(office: Office) -> None:
    visitor = office.signed_in()
    (secret,) = [cookie.value for cookie in visitor.cookies.jar]
    for path in ("/", "/account"):
        assert str(secret) not in visitor.get(path).text
