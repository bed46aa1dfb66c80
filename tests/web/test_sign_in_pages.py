"""Tests the ways in: one-time codes, passwords with codes, sign-out, and each attempt to get around them."""

import pyotp
import pytest

from comity.desk.begin_account import founding_code
from comity.desk.sessions import ABSOLUTE_MS, IDLE_MS
from comity.stores import registers
from comity.values import Instant
from tests.support.desk import PASSWORD, Forms, Office, Visitor


def begun(visitor: Visitor, code: str, **fields: str) -> None:
    visitor.get("/begin")
    visitor.fill("/begin", code=code)
    secret = Forms(visitor.page.text).found[0][1]["totp_secret"]
    now = int(visitor.hub.clock.now) // 1000
    visitor.fill("/begin/account", password=PASSWORD, totp_code=pyotp.TOTP(secret).at(now), **fields)


def test_the_first_account_begins_with_the_code_of_the_console_and_is_the_administrator(office: Office) -> None:
    code = founding_code(office.hub.node)
    assert code is not None
    visitor = office.visitor()
    begun(visitor, code.lower().replace("-", " "), title="Mara Ellend", name="mara.ellend")
    assert (visitor.page.status_code, visitor.page.headers["location"]) == (303, "/sign-in")
    assert founding_code(office.hub.node) is None

    begun_again = office.visitor()
    begun_again.get("/begin")
    assert begun_again.fill("/begin", code=code).status_code == 422


def test_there_is_no_account_by_default(office: Office) -> None:
    visitor = office.visitor()
    for name, password in (("admin", "admin"), ("administrator", ""), ("", ""), ("root", "comity")):
        visitor.get("/sign-in")
        assert visitor.fill("/sign-in", name=name, password=password, code="000000").status_code == 422
    assert not visitor.cookies


def test_a_person_signs_in_sees_the_first_page_and_signs_out(office: Office) -> None:
    visitor = office.signed_in("duty-officer")
    assert visitor.get("/").status_code == 200
    assert "Mara Ellend, duty officer" in visitor.page.text
    visitor.get("/account")
    assert visitor.fill("/sign-out").headers["location"] == "/sign-in"
    assert visitor.get("/").headers["location"] == "/sign-in"


def test_a_session_is_ended_at_the_node_not_only_in_the_browser(office: Office) -> None:
    visitor, thief = office.signed_in(), office.visitor()
    for cookie in visitor.cookies.jar:
        thief.cookies.set(cookie.name, cookie.value or "")
    assert thief.get("/").status_code == 200
    visitor.get("/account")
    visitor.fill("/sign-out")
    assert thief.get("/").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "plum river cabinet fort"},
        {"code": "000000"},
        {"name": "tomas.weyl"},
        {"password": ""},
        {"code": ""},
    ],
)
def test_whatever_is_wrong_the_answer_is_one(office: Office, wrong: dict[str, str]) -> None:
    account = office.account("mara.ellend")
    visitor = office.visitor()
    visitor.get("/sign-in")
    fields = {"name": account.name, "password": PASSWORD, "code": account.next_code()} | wrong
    answer = visitor.fill("/sign-in", **fields)
    assert answer.status_code == 422
    assert "Name, password and code do not go together." in answer.text
    assert PASSWORD not in answer.text
    assert not visitor.cookies


def test_a_code_works_once_also_in_another_browser(office: Office) -> None:
    account = office.account("mara.ellend")
    code = account.next_code()
    for visitor, status in ((office.visitor(), 303), (office.visitor(), 422)):
        visitor.get("/sign-in")
        answer = visitor.fill("/sign-in", name=account.name, password=PASSWORD, code=code)
        assert answer.status_code == status
    assert "This code was used already" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_code_of_the_step_before_is_no_longer_good_once_a_later_one_was_used(office: Office) -> None:
    account = office.account("mara.ellend")
    office.hub.later(60)
    for steps, status in ((1, 303), (0, 422), (-1, 422)):
        visitor = office.visitor()
        visitor.get("/sign-in")
        assert (
            visitor.fill("/sign-in", name=account.name, password=PASSWORD, code=account.code(steps)).status_code
            == status
        )


def test_guessing_is_stopped_after_ten_tries_and_says_for_how_long(office: Office) -> None:
    account = office.account("mara.ellend")
    guesser = office.visitor(peer="192.0.2.7")
    for _ in range(10):
        guesser.get("/sign-in")
        assert guesser.fill("/sign-in", name=account.name, password="wrong", code="000000").status_code == 422
    guesser.get("/sign-in")
    answer = guesser.fill("/sign-in", name=account.name, password=PASSWORD, code=account.next_code())
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 91


def test_a_guesser_elsewhere_locks_nobody_out_who_has_signed_in_before(office: Office) -> None:
    account = office.account("mara.ellend")
    assert office.visitor().sign_in(account).status_code == 303
    guesser = office.visitor(peer="192.0.2.7")
    for _ in range(12):
        guesser.get("/sign-in")
        guesser.fill("/sign-in", name=account.name, password="wrong", code="000000")
    assert office.visitor().sign_in(account).status_code == 303


def test_each_sign_in_makes_a_new_session_whatever_cookie_was_there(office: Office) -> None:
    account, visitor = office.account("mara.ellend"), office.visitor()
    visitor.cookies.set("comity", "fixed-by-somebody-else")
    visitor.sign_in(account)
    ours = [cookie for cookie in visitor.cookies.jar if cookie.domain == "localhost.local"]
    (first,) = [cookie.value for cookie in ours if cookie.name == "comity"]
    again = office.visitor()
    again.sign_in(account)
    (second,) = [cookie.value for cookie in again.cookies.jar if cookie.name == "comity"]
    assert len({first, second, "fixed-by-somebody-else"}) == 3


@pytest.mark.parametrize(("after_ms", "status"), [(IDLE_MS - 1, 200), (IDLE_MS, 303)])
def test_a_session_unused_for_half_an_hour_ends(office: Office, after_ms: int, status: int) -> None:
    visitor = office.signed_in()
    office.hub.clock.now = Instant(office.hub.clock.now + after_ms)
    assert visitor.get("/").status_code == status


def test_a_session_in_use_ends_after_ten_hours(office: Office) -> None:
    visitor = office.signed_in()
    end = office.hub.clock.now + ABSOLUTE_MS
    while office.hub.clock.now + IDLE_MS // 2 < end:
        office.hub.clock.now = Instant(office.hub.clock.now + IDLE_MS // 2)
        assert visitor.get("/").status_code == 200
    office.hub.clock.now = Instant(end)
    assert visitor.get("/").status_code == 303


def test_the_cookie_is_read_by_no_script_and_over_tls_by_no_other_host(office: Office) -> None:
    account = office.account("mara.ellend")
    plain = office.visitor().sign_in(account).headers["set-cookie"]
    assert plain.startswith("comity=") and "HttpOnly" in plain and "SameSite=lax" in plain and "Secure" not in plain
    safe = office.visitor(at="https://desk.example").sign_in(account)
    cookie = safe.headers["set-cookie"]
    assert cookie.startswith("__Host-comity=") and {"HttpOnly", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_sign_ins_and_refusals_are_in_the_audit_without_what_was_typed(office: Office) -> None:
    account, visitor = office.account("mara.ellend"), office.visitor()
    visitor.get("/sign-in")
    visitor.fill("/sign-in", name=account.name, password="my secret typed wrong", code="000000")
    visitor.fill("/sign-in", name="hunter2-as-a-name", password="x", code="000000")
    visitor.sign_in(account)
    with office.hub.node.store.read() as tx:
        lines = registers.audit_rows(tx)
    ours = [(line.actor, line.verb) for line in lines if line.verb.startswith("account sign")]
    assert ours == [("mara.ellend", "account sign-in refused"), ("mara.ellend", "account sign-in")]
    assert all("secret" not in line.facts and "hunter2" not in line.facts for line in lines)


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_after_signing_in(office: Office, target: str) -> None:
    account, visitor = office.account("mara.ellend"), office.visitor()
    visitor("GET", "/sign-in", headers={})
    fields = {"name": account.name, "password": PASSWORD, "code": account.next_code(), "next": target}
    assert visitor.post("/sign-in", fields).headers["location"] == "/"


def test_who_wanted_a_page_gets_there_after_signing_in(office: Office) -> None:
    account, visitor = office.account("mara.ellend"), office.visitor()
    asked = visitor.get("/account")
    visitor.get(asked.headers["location"])
    answer = visitor.fill("/sign-in", name=account.name, password=PASSWORD, code=account.next_code())
    assert answer.headers["location"] == "/account"


def test_a_choice_that_cannot_be_is_told_and_the_code_stays_good(office: Office) -> None:
    code = founding_code(office.hub.node)
    assert code is not None
    visitor = office.visitor()
    visitor.get("/begin")
    visitor.fill("/begin", code=code)
    secret = Forms(visitor.page.text).found[0][1]["totp_secret"]
    digits = pyotp.TOTP(secret).at(int(office.hub.clock.now) // 1000)
    good = {"title": "Mara", "name": "mara", "password": PASSWORD, "totp_code": digits}
    for wrong in ({"password": "short"}, {"totp_code": "000000"}, {"name": "Mara Ellend"}, {"title": " "}):
        assert visitor.fill("/begin/account", **{**good, **wrong}).status_code == 422
        assert PASSWORD not in visitor.page.text
    assert visitor.fill("/begin/account", **good).status_code == 303


def test_guessing_at_one_time_codes_is_stopped(office: Office) -> None:
    visitor = office.visitor(peer="192.0.2.9")
    statuses = []
    for number in range(12):
        visitor.get("/begin")
        statuses.append(visitor.fill("/begin", code=f"AAAAA-AAAAA-AAAAA-{number:05}").status_code)
    assert statuses == [422] * 10 + [503] * 2


@pytest.mark.parametrize("secret", [None, "", "A" * 5_000, "\u00e9\u0000<b>", "A" * 33, "1" * 32])
def test_a_source_of_codes_that_the_desk_did_not_make_is_refused_and_the_code_stays_good(
    office: Office, secret: str | None
) -> None:
    code = founding_code(office.hub.node)
    assert code is not None
    visitor = office.visitor()
    fields = {"one_time_code": code, "name": "mara.ellend", "title": "Mara Ellend", "password": PASSWORD}
    fields |= {} if secret is None else {"totp_secret": secret}
    assert visitor.post("/begin/account", fields | {"totp_code": "000000"}).status_code == 400
    begun(visitor, code, title="Mara Ellend", name="mara.ellend")
    assert visitor.page.status_code == 303
