"""Tests the release room: the matrix, a cell of it, what leaves of an item, and what a draft would change."""

import pytest

from comity.desk.actor import PersonRole
from tests.support.desk import Office, Visitor
from tests.support.desk_story import INDICATOR, REPORT, SECRET, busy
from tests.support.nodes import a_marking, an_id, an_object

DRAFT = """id = "draft-x"
title.en = "Draft"
parties = ["freedonia-csirt", "northwind-energy", "sylvania-cert"]
in_force_from = 2031-01-01
[[clause]]
article = "1"
kind = "share"
from = ["freedonia-csirt"]
tlp_at_most = "green"
text.en = "All."
"""


def compare(visitor: Visitor, draft: str, **more: str) -> tuple[int, str]:
    visitor.get("/release/what-if")
    fields = {"csrf": visitor.csrf, "pasted": draft} | more
    parts = [
        f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    answer = visitor(
        "POST",
        "/release/what-if",
        content="".join([*parts, "--b--\r\n"]).encode(),
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    return answer.status_code, answer.text


def test_the_matrix_names_counts_and_clauses(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("releaser")
    page = visitor.get("/release").text
    assert "<h1>What flows to whom</h1>" in page
    assert 'href="/release/to/ruritania-csirt?column=threat"' in page
    assert "example-agreement/7(2), to 2031-03-09" in page and "has no credentials" in page
    assert 'data-outcome="refused"' in page and 'data-outcome="waiting"' in page
    assert 'aria-current="page">TLP:GREEN' in visitor.get("/release?tlp=green").text


def test_a_cell_opens_with_the_clauses_words(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("legal-adviser")
    page = visitor.get("/release/to/ruritania-csirt").text
    assert "<h1>Ruritania CSIRT may have 6 of 7 items</h1>" in page
    assert "Tools are not provided." in page and "The nearest miss." in page and f'href="/items/{SECRET}"' in page
    narrow = visitor.get("/release/to/northwind-energy?column=indicator&tlp=green").text
    assert "may not have the one item of this" in narrow and "No clause speaks of it." in narrow


def test_what_leaves_stands_beside_what_is_held(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("releaser")
    page = visitor.get(f"/items/{REPORT}/for/ruritania-csirt").text
    assert "otherwise than it is held" in page and "<del>" in page and "<ins>" in page
    assert "byte for byte" in visitor.get(f"/items/{INDICATOR}/for/ruritania-csirt").text
    refused = visitor.get(f"/items/{SECRET}/for/ruritania-csirt").text
    assert "Nothing of it leaves to Ruritania CSIRT" in refused and "<ins>" not in refused
    assert f'href="/items/{REPORT}/for/ruritania-csirt"' in visitor.get(f"/items/{REPORT}").text


def test_a_draft_is_compared_and_kept_nowhere(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("diplomat")
    code, page = compare(visitor, DRAFT)
    assert code == 200 and "draft-x: 14 items would flow, 0 would stop" in page
    assert "Not known here: sylvania-cert" in page
    assert "draft-x" not in visitor.get("/agreements").text


@pytest.mark.parametrize("draft", ["", "id = [", DRAFT.replace("share", "nothing"), "\x00", DRAFT * 2, "ü" * 300_000])
def test_a_draft_that_is_none_is_refused_with_its_reason_and_stays_in_the_form(office: Office, draft: str) -> None:
    busy(office.hub)
    code, page = compare(office.signed_in("diplomat"), draft)
    assert code == 422 and "Not compared." in page


def test_a_draft_that_is_too_large_is_refused(office: Office) -> None:
    code, _ = compare(office.signed_in("diplomat"), "x" * (1024 * 1024 + 1))
    assert code == 413


def test_a_form_from_elsewhere_or_without_its_token_is_refused(office: Office) -> None:
    visitor = office.signed_in("diplomat")
    assert compare(visitor, DRAFT, csrf="x")[0] == 403
    answer = visitor(
        "POST",
        "/release/what-if",
        content=b"--b--\r\n",
        headers={"content-type": "multipart/form-data; boundary=b", "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("role", ["auditor", "operator", "administrator", "directory-officer"])
def test_the_room_is_closed_to_those_who_run_the_node(office: Office, role: PersonRole) -> None:
    busy(office.hub)
    visitor = office.signed_in(role)
    for path in (
        "/release",
        "/release/to/ruritania-csirt",
        "/release/to/nobody",
        "/release/what-if",
        f"/items/{REPORT}/for/ruritania-csirt",
    ):
        answer = visitor.get(path)
        assert answer.status_code == 403, path
        assert "Ransomware" not in answer.text and "example-agreement" not in answer.text
    assert compare_closed(visitor) == 403
    assert 'href="/release"' not in visitor.get("/").text


def compare_closed(visitor: Visitor) -> int:
    visitor.get("/account")
    body = f'--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n{visitor.csrf}\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return visitor("POST", "/release/what-if", content=body.encode(), headers=headers).status_code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/release?tlp=white", 400),
        ("/release/to/nobody", 404),
        ("/release/to/freedonia-csirt", 400),
        ("/release/to/ruritania-csirt?column=%3Cscript%3E", 400),
        (f"/items/{REPORT}/for/nobody", 404),
        ("/items/report--nothing/for/ruritania-csirt", 404),
    ],
)
def test_what_is_not_there_is_said_on_a_page(office: Office, path: str, code: int) -> None:
    busy(office.hub)
    answer = office.signed_in("releaser").get(path)
    assert answer.status_code == code and "<script>" not in answer.text


def test_without_parties_or_items_the_page_says_what_would_fill_it(office: Office) -> None:
    page = office.signed_in("releaser").get("/release").text
    assert "Nothing is held" in page


def test_the_lights_of_a_release_stand_in_a_row(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("releaser").get(f"/items/{REPORT}/for/ruritania-csirt").text
    assert "None is needed: no marking keeps the item" in page
    control = a_marking(40, definition_type="statement", definition={"statement": "ORCON"})
    office.hub.put(control, an_object("indicator", 60, object_marking_refs=[control["id"]]), tlp="amber")
    tomas = office.account("tomas.weyl", "approver")
    visitor = office.signed_in("releaser", name="ines.corvane")
    place = f"/items/{an_id('indicator', 60)}"
    page = visitor.get(f"{place}/for/ruritania-csirt").text
    assert "Releaser: has not asked" in page and "Second person: not asked" in page and "Stays here" in page
    visitor.get(place)
    visitor.fill("/grant", to="ruritania-csirt", reason="The same case.")
    page = visitor.get(f"{place}/for/ruritania-csirt").text
    assert "Releaser: has asked" in page and "Second person: has not answered" in page and 'href="/acts/1"' in page
    assert "The same case." not in page
    approver = office.visitor()
    assert approver.sign_in(tomas).status_code == 303
    approver.get("/acts/1")
    approver.fill("/refuse", reason="Not before the <b>Tuesday</b> call.")
    page = visitor.get(f"{place}/for/ruritania-csirt").text
    assert "Releaser: has asked" in page and "Second person: refused" in page and 'data-state="refused"' in page
    assert "<bdi>ines.corvane</bdi>" in page and "<bdi>tomas.weyl</bdi>" in page
    assert "Not before the &lt;b&gt;Tuesday&lt;/b&gt; call." in page, "who may ask again knows why"
    analyst = office.signed_in("analyst", name="lena.hart")
    page = analyst.get(f"{place}/for/ruritania-csirt").text
    assert "Second person: refused" in page and "Tuesday" not in page
