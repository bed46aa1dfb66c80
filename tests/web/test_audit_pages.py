"""Tests that the audit is sifted, paged by number and taken as JSON lines, by those it is for."""

import json

import pytest

from comity.desk.accounts import ROLES
from comity.desk.actor import PersonRole
from comity.desk.read_audit import SENSITIVE
from comity.stores import registers
from tests.support.desk import Office, Visitor
from tests.support.nodes import an_id, an_object
from tests.web.test_hostile import HOSTILE, check_inert

AUDIT = "/administration/audit"
RED = an_id("report", 7)


@pytest.fixture
def auditor(office: Office) -> Visitor:
    return office.signed_in("auditor", name="ines.korr")


def test_lines_are_the_newest_first_and_sifted(office: Office, auditor: Visitor) -> None:
    page = auditor.get(AUDIT).text
    assert "account sign-in" in page and "party add" in page
    assert page.index("account sign-in</td>") < page.index("party add</td>")
    sifted = auditor.get(f"{AUDIT}?verb=party+add&actor=officer").text
    assert "account sign-in</td>" not in sifted and sifted.count("party add</td>") == 2
    assert "No line of the audit fits" in auditor.get(f"{AUDIT}?actor=nobody").text
    assert "No line of the audit fits" in auditor.get(f"{AUDIT}?until=2031-01-01").text
    assert "party add</td>" in auditor.get(f"{AUDIT}?since=2031-03-01&via=cli").text


def test_pages_follow_by_number_and_keep_what_is_sifted(office: Office, auditor: Visitor) -> None:
    for number in range(103):
        office.hub.party(f"Party {number}")
    page = auditor.get(f"{AUDIT}?verb=party+add").text
    assert page.count("party add</td>") == 100
    before = page.partition('href="?before=')[2].partition('"')[0].replace("&amp;", "&")
    assert before.endswith("&verb=party%20add")
    assert auditor.get(f"{AUDIT}?before={before}").text.count("party add</td>") == 5


def test_a_copy_is_json_lines_and_a_line_itself(office: Office, auditor: Visitor) -> None:
    auditor.get(f"{AUDIT}?verb=party+add")
    answer = auditor.fill("/export")
    assert answer.headers["content-type"].startswith("application/jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["verb"] for line in lines] == ["party add", "party add"]
    assert isinstance(lines[0]["facts"], dict) and lines[0]["number"] > lines[1]["number"]
    assert "audit export</td>" in auditor.get(AUDIT).text


@pytest.mark.parametrize("role", ["duty-officer", "approver", "operator"])
def test_to_other_roles_there_is_no_such_page(office: Office, role: PersonRole) -> None:
    visitor = office.signed_in(role)
    assert visitor.get(AUDIT).status_code == 404
    visitor.get("/account")
    assert visitor.post(f"{AUDIT}/export", {"csrf": visitor.csrf}).status_code == 404
    assert visitor.post(f"{AUDIT}/export", {"csrf": "x"}).status_code == 403
    assert office.visitor().post(f"{AUDIT}/export", {}).status_code == 401
    assert office.visitor().get(AUDIT).status_code == 303


@pytest.mark.parametrize("query", ["before=x", "since=yesterday", "until=31", "via=door", "actor=" + "x" * 201])
def test_what_cannot_be_asked_for_is_refused(auditor: Visitor, query: str) -> None:
    assert auditor.get(f"{AUDIT}?{query}").status_code == 400


def test_hostile_words_are_text(auditor: Visitor) -> None:
    for words in HOSTILE[::9]:
        for name in ("actor", "verb", "since"):
            check_inert(auditor("GET", AUDIT, params={name: words}).text)


READS = {
    "/items": "item search",
    f"/items/{RED}": "item show",
    f"/items/{RED}/bytes": "item show",
    f"/items/{RED}/for/ruritania-csirt": "release rendition",
    "/administration/users": "account list",
    "/administration/users/ada.min": "account list",
    AUDIT: "audit list",
}


def test_each_page_with_what_is_sensitive_is_one_line_for_whoever_may_open_it(office: Office) -> None:
    office.hub.put(an_object("report", 7), tlp="red")
    office.account("ada.min", "administrator")
    for role in ROLES:
        visitor = office.signed_in(role, name=f"some.{role}")
        for path, verb in READS.items():
            before = reads_of(office, f"some.{role}")
            opened = visitor.get(path).status_code == 200
            after = reads_of(office, f"some.{role}")
            assert after == before + ([verb] if opened else []), (role, path)
        assert bool(reads_of(office, f"some.{role}")) == (role not in ("operator", "directory-officer", "guest"))


def reads_of(office: Office, name: str) -> list[str]:
    office.hub.node.store.reads.flush()
    with office.hub.node.store.read() as tx:
        rows = registers.audit_rows(tx)
    return [row.verb for row in rows if row.actor == name and row.verb in SENSITIVE]


def test_what_was_looked_for_stands_in_no_line_and_no_page(office: Office, auditor: Visitor) -> None:
    office.hub.put(an_object("report", 7, name="<script>CANARY</script>"), tlp="red")
    analyst = office.signed_in("analyst")
    for words in ("<script>CANARY</script>*", "report*"):
        analyst("GET", "/items", params={"q": words})
    analyst.get(f"/items/{RED}")
    page = auditor.get(f"{AUDIT}?what=read").text
    assert "CANARY" not in page and RED in page
    check_inert(page)


def test_what_was_done_and_what_was_read_are_sifted_apart_also_in_the_copy(office: Office, auditor: Visitor) -> None:
    auditor.get(AUDIT)
    assert "audit list</td>" in auditor.get(f"{AUDIT}?what=read").text
    assert "party add</td>" not in auditor.page.text
    lines = [json.loads(line) for line in auditor.fill("/export").text.splitlines()]
    assert {line["verb"] for line in lines} == {"audit list"}
    assert "audit list</td>" not in auditor.get(f"{AUDIT}?what=done").text
    assert auditor.get(f"{AUDIT}?what=other").status_code == 400
