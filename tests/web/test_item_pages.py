"""Tests items: found by a value, shown with who has them and why; closed to those who run the node."""

import json

import pytest

from comity.desk.actor import PersonRole
from tests.support.desk import Office
from tests.support.desk_story import INDICATOR, REPORT, SECRET, busy
from tests.support.nodes import an_object


def test_an_item_is_found_by_what_stands_in_it(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("analyst")
    page = visitor.get("/items?q=locker*").text
    assert "<h1>2 versions found</h1>" in page and f'href="/items/{INDICATOR}"' in page
    assert "One version found" in visitor.get("/items?q=locker*&type=malware").text
    assert "Nothing found" in visitor.get("/items?q=nothing-of-the-sort").text
    assert "What came last" in visitor.get("/items").text


def test_items_are_found_by_marking_source_and_time_and_pages_keep_what_was_asked(office: Office) -> None:
    busy(office.hub)
    office.hub.put(*[an_object("malware", 500 + n, name=f"same {n}") for n in range(60)])
    visitor = office.signed_in("analyst")
    page = visitor.get("/items?tlp=green&source=freedonia-csirt&since=2031-01-01&type=malware&q=").text
    assert "Found, the first 50" in page and '<option value="green" selected>' in page
    link = page.partition('<p class="note"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "tlp=green" in link and "since=2031-01-01" in link
    assert "<h1>11 versions found</h1>" in visitor.get("/items" + link).text
    assert "Nothing found" in visitor.get("/items?tlp=red").text
    assert visitor.get("/items?tlp=white").status_code == visitor.get("/items?since=soon").status_code == 400


def test_pages_of_what_was_found_follow_one_another(office: Office) -> None:
    office.hub.put(*[an_object("malware", 500 + n, name=f"same {n}") for n in range(60)])
    visitor = office.signed_in("analyst")
    first = visitor.get("/items?q=same*").text
    assert "Found, the first 50" in first
    link = first.partition('<p class="note"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "<h1>10 versions found</h1>" in visitor.get("/items" + link).text


def test_an_item_says_who_has_it_and_why_not(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("releaser")
    page = visitor.get(f"/items/{REPORT}").text
    assert "Ransomware in grid control" in page and "Control returned by hand." in page
    assert 'data-outcome="goes" id="why-ruritania-csirt"' in page
    assert 'data-outcome="refused" id="why-northwind-energy"' in page
    assert 'href="/agreements/example-agreement#4%281%29"' in page
    tool = visitor.get(f"/items/{SECRET}").text
    assert "example-agreement/5(2) forbids it" in tool and "The nearest miss." in tool


def test_relations_stand_in_drawing_and_table(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("analyst").get(f"/items/{REPORT}").text
    drawing = page.partition('role="img"')[2].partition("</svg>")[0]
    table = page.partition("</figure>")[2].partition("</table>")[0]
    for words in ("Locker&#39;s control serv…", "Locker “Grauwal”", "location"):
        assert words in drawing
    assert "Locker&#39;s control server" in table and "not held" in table
    assert 'stroke-dasharray="3 3"' in drawing


def test_a_page_of_relations_behind_the_last_does_not_say_that_there_are_none(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("analyst")
    page = visitor.get(f"/items/{INDICATOR}?relations=999999").text
    assert "There are no more relations." in page and "It stands alone" not in page
    wrong = [f"/items/{INDICATOR}?{word}" for word in ("relations=x", "relations=-1", "relations=" + "9" * 30)]
    assert [visitor.get(one).status_code for one in (*wrong, f"/items/{INDICATOR}?after=nobody")] == [400] * 4


def test_bytes_are_given_as_received_and_never_run(office: Office) -> None:
    busy(office.hub)
    answer = office.signed_in("analyst").get(f"/items/{REPORT}/bytes")
    assert json.loads(answer.content)["id"] == REPORT
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("role", ["auditor", "operator", "administrator", "directory-officer"])
def test_content_is_closed_to_those_who_run_the_node(office: Office, role: PersonRole) -> None:
    busy(office.hub)
    visitor = office.signed_in(role)
    answers = {}
    for path in (f"/items/{REPORT}", f"/items/{REPORT}/bytes", "/items/report--nothing", "/items?q=locker*", "/items"):
        answer = visitor.get(path)
        assert answer.status_code == 403
        assert "Ransomware" not in answer.text and "Grauwal" not in answer.text
        answers[path] = (
            answer.text.partition("<h1>")[2].partition("</main>")[0].replace(answer.headers["x-request-id"], "")
        )
    # Whether an item is there makes no difference to who may not see any.
    assert answers[f"/items/{REPORT}"] == answers["/items/report--nothing"]
    assert 'class="find"' not in visitor.get("/").text


def test_what_is_not_there_is_not_found(office: Office) -> None:
    visitor = office.signed_in("analyst")
    for path in ("/items/report--nothing", "/items/%3Cscript%3E", "/items/report--nothing/bytes", "/items/..%2f..%2fx"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "<script>" not in answer.text


def test_a_withdrawn_item_is_shown_to_nobody_else(office: Office) -> None:
    busy(office.hub)
    with office.hub.node.store.write() as tx:
        tx.exec_driver_sql("update records set state = 1 where stix_id = ?", (REPORT,))
    page = office.signed_in("analyst").get(f"/items/{REPORT}").text
    assert "No version is live" in page and "withdrawn" in page
