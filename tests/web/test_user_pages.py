"""Tests the pages on accounts: made, changed, recovered by two, and what of it others cannot reach."""

import re

import pytest

from comity.desk.actor import PersonRole
from tests.support.desk import Office, Visitor
from tests.web.test_hostile import HOSTILE, check_inert

USERS = "/administration/users"
CODE = r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}"


@pytest.fixture
def admin(office: Office) -> Visitor:
    return office.signed_in("administrator", name="ada.min")


def token_of(visitor: Visitor) -> str:
    visitor.get("/account")
    return visitor.csrf


def post(visitor: Visitor, path: str, **fields: str) -> int:
    return visitor.post(path, {"csrf": token_of(visitor)} | fields).status_code


def test_an_account_is_added_and_its_code_shown_once(office: Office, admin: Visitor) -> None:
    admin.get(USERS)
    fields = {"role-analyst": "1", "role-duty-officer": "1"}
    page = admin.post(USERS, {"csrf": admin.csrf, "title": "Mara Ellend", "name": "Mara.Ellend", **fields}).text
    code = re.search(CODE, page)
    assert code is not None and "The one-time code of Mara Ellend" in page
    listed = admin.get(USERS).text
    assert "Mara Ellend" in listed and "duty officer and analyst" in listed and "invited" in listed
    assert code[0] not in listed + admin.get(f"{USERS}/mara.ellend").text
    admin.get(f"{USERS}/mara.ellend")
    again = re.search(CODE, admin.fill("/change/invite").text)
    assert again is not None and again[0] != code[0]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"title": "Mara", "name": "ma ra", "role-analyst": "1"}, 400),
        ({"title": "", "name": "mara", "role-analyst": "1"}, 400),
        ({"title": "Mara", "name": "mara"}, 400),
        ({"title": "Mara", "name": "ada.min", "role-analyst": "1"}, 409),
        ({"title": "Mara", "name": "mara", "role-auditor": "1", "role-analyst": "1"}, 409),
    ],
)
def test_what_cannot_be_an_account_is_refused(office: Office, fields: dict[str, str], status: int) -> None:
    admin = office.signed_in("administrator", "operator", name="ada.min")
    assert post(admin, USERS, **fields) == status


def test_roles_are_set_and_sessions_end_with_them(office: Office, admin: Visitor) -> None:
    mara = office.signed_in("analyst", name="mara.ellend")
    assert post(admin, f"{USERS}/mara.ellend/change/roles", **{"role-diplomat": "1"}) == 303
    assert mara.get("/").status_code == 303
    page = admin.get(f"{USERS}/mara.ellend").text
    assert 'name="role-diplomat" value="1" checked' in page


def test_an_account_is_closed_opened_and_signed_out(office: Office, admin: Visitor) -> None:
    mara = office.signed_in("analyst", name="mara.ellend")
    for change, state in (("sign-out", "active"), ("disable", "disabled"), ("enable", "active")):
        assert post(admin, f"{USERS}/mara.ellend/change/{change}") == 303
        assert f"</bdi>, {state}</h1>" in admin.get(f"{USERS}/mara.ellend").text
        assert mara.get("/").status_code == 303


def test_nobody_acts_on_their_own_account_or_one_with_more_rights(office: Office, admin: Visitor) -> None:
    office.account("otto.ran", "administrator", "operator", "duty-officer")
    for name in ("ada.min", "otto.ran"):
        for change in ("disable", "sign-out"):
            assert post(admin, f"{USERS}/{name}/change/{change}") == 403
        assert post(admin, f"{USERS}/{name}/change/roles", **{"role-analyst": "1"}) == 403
        assert post(admin, f"{USERS}/{name}/recovery/ask", reason="x") == 403
    office.account("mara.ellend", "analyst")
    more = {"role-administrator": "1", "role-duty-officer": "1"}
    assert post(admin, f"{USERS}/mara.ellend/change/roles", **more) == 403
    assert post(admin, USERS, title="New", name="new", **more) == 403
    assert "Nobody changes their own account" in admin.get(f"{USERS}/ada.min").text
    assert "Disable the account" not in admin.get(f"{USERS}/ada.min").text


def test_one_administrator_does_not_take_an_account_over(office: Office, admin: Visitor) -> None:
    office.account("tomas.weyl", "approver")
    assert post(admin, f"{USERS}/tomas.weyl/change/invite") == 409
    office.account("mara.ellend", "analyst")
    # The role of approver is given by two once there is one.
    answer = admin.post(
        f"{USERS}/mara.ellend/change/roles", {"csrf": token_of(admin), "role-approver": "1", "role-analyst": "1"}
    )
    assert answer.status_code == 303 and answer.headers["location"].startswith("/acts/")
    assert "approver" not in admin.get(f"{USERS}/mara.ellend").text.partition("<h2")[0]
    assert post(admin, USERS, title="New", name="new", **{"role-approver": "1"}) == 409


def test_two_administrators_recover_an_account_after_a_delay(office: Office, admin: Visitor) -> None:
    mara = office.account("mara.ellend", "analyst")
    other = office.signed_in("administrator", name="otto.ran")
    path = f"{USERS}/mara.ellend"
    admin.get(path)
    assert admin.fill("/recovery/ask", reason="She was heard by telephone.").status_code == 303
    assert post(admin, f"{path}/recovery/second") == 403
    assert post(other, f"{path}/recovery/ask", reason="again") == 409
    assert post(other, f"{path}/recovery/complete") == 409
    assert "Second the recovery of Mara Ellend, or end it" in other.get("/").text
    other.get(path)
    assert other.fill("/recovery/second").status_code == 303
    assert post(other, f"{path}/recovery/complete") == 409
    office.hub.later(24 * 3600)
    third = office.signed_in("administrator", name="ines.korr")
    assert post(third, f"{path}/recovery/complete") == 403
    again = office.visitor()
    again.sign_in(office.people["otto.ran"])
    page = again.get(path).text
    assert "Give the one-time code" in page
    shown = again.fill("/recovery/complete").text
    assert re.search(CODE, shown)
    stranger = office.visitor()
    assert stranger.sign_in(mara).status_code == 422
    assert "No recovery runs" in again.get(path).text


def test_the_owner_sees_a_recovery_and_ends_it(office: Office, admin: Visitor) -> None:
    mara = office.signed_in("analyst", name="mara.ellend")
    assert post(admin, f"{USERS}/mara.ellend/recovery/ask", reason="Said to be lost.") == 303
    assert "Your own ways in are to be made anew" in mara.get("/").text
    assert "Said to be lost." in mara.get("/account").text
    assert mara.fill("/end-recovery").status_code == 303
    assert "Said to be lost." not in mara.get("/account").text
    other = office.signed_in("administrator", name="otto.ran")
    assert post(other, f"{USERS}/mara.ellend/recovery/second") == 404
    assert mara.post("/account/end-recovery", {"csrf": mara.csrf}).status_code == 404


def test_a_recovery_that_nobody_seconds_lapses(office: Office, admin: Visitor) -> None:
    office.account("mara.ellend", "analyst")
    assert post(admin, f"{USERS}/mara.ellend/recovery/ask", reason="x") == 303
    office.hub.later(24 * 3600)
    other = office.signed_in("administrator", name="otto.ran")
    assert post(other, f"{USERS}/mara.ellend/recovery/second") == 404
    assert "Second the recovery" not in other.get("/").text


PATHS = (
    f"{USERS}/mara.ellend/change/disable",
    f"{USERS}/mara.ellend/change/roles",
    f"{USERS}/mara.ellend/recovery/ask",
    f"{USERS}/mara.ellend/recovery/second",
    USERS,
)


@pytest.mark.parametrize("role", ["duty-officer", "approver", "operator", "directory-officer"])
def test_to_other_roles_there_is_no_such_page(office: Office, role: PersonRole) -> None:
    visitor = office.signed_in(role, name="mara.ellend")
    nothing = visitor.get("/nothing").text
    for path in (USERS, f"{USERS}/mara.ellend", f"{USERS}/nobody"):
        assert visitor.get(path).status_code == 404
        assert _shape(visitor.page.text) == _shape(nothing)
    for path in PATHS:
        assert post(visitor, path, reason="x") == 404
    for path in PATHS:
        assert visitor.post(path, {"csrf": "wrong"}).status_code == 403
        assert office.visitor().post(path, {}).status_code == 401
    assert office.visitor().get(USERS).status_code == 303


def _shape(page: str) -> str:
    return re.sub(r"<code>[^<]*</code>", "", page)


def test_an_auditor_sees_accounts_and_changes_none(office: Office) -> None:
    office.account("mara.ellend", "analyst")
    auditor = office.signed_in("auditor", name="ines.korr")
    page = auditor.get(USERS).text + auditor.get(f"{USERS}/mara.ellend").text
    assert "Mara Ellend" in page and "Add the account" not in page and "Disable" not in page
    assert post(auditor, f"{USERS}/mara.ellend/change/disable") == 404


def test_unknown_names_and_steps_are_not_found(office: Office, admin: Visitor) -> None:
    office.account("mara.ellend", "analyst")
    assert admin.get(f"{USERS}/nobody").status_code == 404
    for path in ("mara.ellend/change/crown", "mara.ellend/recovery/crown", "nobody/change/disable"):
        assert post(admin, f"{USERS}/{path}") == 404


def test_hostile_names_and_reasons_are_text(office: Office, admin: Visitor) -> None:
    for number, words in enumerate(HOSTILE[::17]):
        if words.isprintable():
            fields = {"title": words[:120], "name": f"x{number}", "role-analyst": "1"}
            check_inert(admin.post(USERS, {"csrf": token_of(admin), **fields}).text)
            check_inert(admin.get(f"{USERS}/x{number}").text)
        check_inert(admin.post(USERS, {"csrf": token_of(admin), "title": "x", "name": words, "role-analyst": "1"}).text)
    office.account("mara.ellend", "analyst")
    post(admin, f"{USERS}/mara.ellend/recovery/ask", reason=HOSTILE[3])
    other = office.signed_in("administrator", name="otto.ran")
    for path in (USERS, f"{USERS}/mara.ellend", "/"):
        check_inert(other.get(path).text)
