"""Tests the pages on keys, settings and the doctor, and whom they are for."""

import re
from pathlib import Path

import pytest

from comity.desk.actor import PersonRole
from comity.wire.lock import hold_lock
from tests.support.desk import Office, Visitor, an_office

ALL = ("users", "keys", "settings", "audit", "doctor")
OPENED = {
    "administrator": ALL,
    "operator": ("settings", "doctor"),
    "auditor": ("users", "settings", "audit"),
    "approver": (),
    "duty-officer": (),
}


@pytest.mark.parametrize("role", list(OPENED))
def test_each_role_finds_its_pages_and_no_other(office: Office, role: PersonRole) -> None:
    visitor = office.signed_in(role)
    nothing = re.sub(r"<code>[^<]*</code>", "", visitor.get("/nothing").text)
    for name in ALL:
        answer = visitor.get(f"/administration/{name}")
        if name in OPENED[role]:
            assert answer.status_code == 200 and 'aria-current="page"' in answer.text
        else:
            assert answer.status_code == 404
            assert re.sub(r"<code>[^<]*</code>", "", answer.text) == nothing
    first = visitor.get("/administration")
    expected = f"/administration/{OPENED[role][0]}" if OPENED[role] else None
    assert first.headers.get("location") == expected
    assert (">Administration</a>" in visitor.get("/").text) is bool(OPENED[role])
    for name in ALL:
        assert office.visitor().get(f"/administration/{name}").status_code == 303


def test_settings_are_shown_without_what_is_secret(office: Office) -> None:
    page = office.signed_in("operator").get("/administration/settings").text
    assert "<code>grant_alone_up_to</code>" in page and "freedonia-csirt" in page and "node.toml" in page


def test_the_doctor_says_what_it_found_faults_first(tmp_path: Path) -> None:
    with an_office(tmp_path / "kept", in_memory=False) as office, hold_lock(office.hub.node.folder, "test", wait_s=1.0):
        page = office.signed_in("operator").get("/administration/doctor").text
    assert re.search(r"<h1>(Sound|\w+ faults? w)", page)
    verdicts = re.findall(r'data-label="Verdict">(?:<b>)?(\w+)', page)
    order = ("fault", "warning", "good")
    assert verdicts == sorted(verdicts, key=order.index)


def test_a_key_is_revoked_alone_where_nobody_else_is(office: Office) -> None:
    admin = office.signed_in("administrator")
    page = admin.get("/administration/keys").text
    assert "Three keys speak for this node" in page
    assert admin.fill("/revoke", key=key_in(page), reason="A lost disk.").status_code == 303
    assert "revoked, suspect from" in admin.get("/administration/keys").text


def test_a_key_is_revoked_and_rotated_by_two_where_there_are_two(office: Office) -> None:
    office.account("tomas.weyl", "approver")
    admin = office.signed_in("administrator", name="ada.min")
    page = admin.get("/administration/keys").text
    for name, fields in (("revoke", {"key": key_in(page)}), ("rotate", {"use": "log"})):
        admin.get("/administration/keys")
        answer = admin.fill(f"/{name}", reason="A lost disk.", **fields)
        assert answer.headers["location"].startswith("/acts/")
        assert "Change a key of this node: waits for a second person" in admin.get(answer.headers["location"]).text
    assert "suspect from" not in admin.get("/administration/keys").text


def key_in(page: str) -> str:
    found = re.search(r'<option value="([0-9a-f]{32})">records', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", ["rotate", "revoke"])
def test_keys_are_asked_for_from_their_own_page_alone(office: Office, name: str) -> None:
    path = f"/administration/keys/{name}"
    admin: Visitor = office.signed_in("administrator", name="ada.min")
    admin.get("/account")
    token = admin.csrf
    assert admin.post(path, {"csrf": token}).status_code == 400
    assert admin.post(path, {"csrf": "x"}).status_code == 403
    assert admin.post(path, {"csrf": token}, sec_fetch_site="cross-site").status_code == 403
    assert office.visitor().post(path, {}).status_code == 401
    other = office.signed_in("approver", name="tomas.weyl")
    other.get("/account")
    assert other.post(path, {"csrf": other.csrf, "reason": "x", "use": "log"}).status_code == 404
