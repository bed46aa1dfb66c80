"""Tests how a browser is given a session and loses it."""

from tests.support.desk import Office


def test_signing_out_takes_the_secret_from_the_browser(office: Office) -> None:
    visitor = office.signed_in()
    visitor.get("/account")
    answer = visitor.fill("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert [cookie.name for cookie in visitor.cookies.jar] == ["comity-device"]


def test_the_secret_stands_in_the_cookie_alone(office: Office) -> None:
    visitor = office.signed_in()
    secrets = [str(cookie.value) for cookie in visitor.cookies.jar]
    assert len(secrets) == 2
    for path in ("/", "/account"):
        page = visitor.get(path).text
        assert not any(secret in page for secret in secrets)


def test_a_browser_keeps_its_mark_from_one_person_to_the_next(office: Office) -> None:
    visitor = office.visitor()
    marks = []
    for name in ("mara.ellend", "tomas.weyl"):
        assert visitor.sign_in(office.account(name)).status_code == 303
        marks.append(visitor.cookies.get("comity-device"))
        visitor.get("/account")
        visitor.fill("/sign-out")
    other = office.visitor()
    other.sign_in(office.account("ines.korr"))
    assert marks[0] == marks[1] != other.cookies.get("comity-device") and marks[0]
