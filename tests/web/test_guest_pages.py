"""Tests the pages of guests: what they show, take and record, and that nothing else is there for them."""

import json
import re

import httpx
import pytest
from litestar.routes import HTTPRoute

from comity.desk.submit_as_guest import SubmitAsGuestRequest, submit_as_guest
from comity.web.visit import GUEST_PLACES
from tests.support.desk import Office, Visitor
from tests.support.guests import BEACON, CANARY, HIDDEN, NORTH, RURI, WIPER, guest_of, shares
from tests.support.nodes import an_id, an_object
from tests.web.test_hostile import HOSTILE, check_inert


@pytest.fixture
def shared(office: Office) -> Office:
    """An office that shares green material with Northwind Energy, and has some that it does not."""
    shares(office.hub)
    return office


def upload(visitor: Visitor, pasted: str, **more: str) -> httpx.Response:
    """Send the form of the page that is open."""
    fields = {"pasted": pasted, **more} | ({} if "csrf" in more else {"csrf": visitor.csrf})
    parts = [f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{said}\r\n' for name, said in fields.items()]
    body = "".join(parts).encode() + b"--b--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(len(body))}
    return visitor("POST", "/guest/submissions", content=body, headers=headers)


def test_a_guest_sees_what_is_released_to_their_party_and_no_more(shared: Office) -> None:
    visitor = shared.guest()
    first = visitor.follow("/")
    assert first.status_code == 200 and "Northwind Energy" in first.text
    listed = visitor.get("/guest/items")
    for page in (first, listed):
        assert "Beacon" in page.text and "Wiper" in page.text and "canary" not in page.text
    item = visitor.get(f"/guest/items/{BEACON}")
    assert "Green material may go to the members." in item.text and "For the defence of own networks." in item.text
    assert visitor.get(f"/guest/items/{HIDDEN}").status_code == 404


def test_an_answer_is_recorded_and_shown_to_officers_as_unsigned(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{BEACON}")
    assert visitor.fill("/guest/answer", level="accepted", by="Control room").status_code == 303
    assert "unsigned by the party" in visitor.get(f"/guest/items/{BEACON}").text
    officer = shared.signed_in("duty-officer")
    page = officer.get(f"/items/{BEACON}").text
    assert "accepted" in page and page.count("recorded by the serving node, unsigned by the party") == 2


def test_a_submission_comes_as_the_partys_and_can_be_taken_back(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get("/guest/submissions")
    bundle = json.dumps(
        {"type": "bundle", "id": "bundle--1", "objects": [an_object("tool", 9, name="ours"), {"type": 7}]}
    )
    sent = upload(visitor, bundle)
    assert sent.status_code == 303
    page = visitor.get(sent.headers["location"]).text
    assert an_id("tool", 9) in page and "1 of 2 objects are kept" in page
    visitor.get("/guest/submissions")
    back = visitor.fill("/withdraw", id=an_id("tool", 9))
    assert back.status_code == 200 and "Taken back." in back.text
    visitor.get("/guest/submissions")
    assert visitor.fill("/withdraw", id=BEACON).status_code == 422


def test_of_a_submission_of_nothing_nothing_is_kept(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get("/guest/submissions")
    sent = upload(visitor, '{"objects":[]}')
    assert "<h1>Nothing of it is kept</h1>" in visitor.get(sent.headers["location"]).text


def test_the_bundle_is_what_a_taxii_client_gets(shared: Office) -> None:
    visitor = shared.guest()
    got = json.loads(visitor.get("/guest/bundle").content)
    assert got["type"] == "bundle" and got["objects"] == shared.hub.objects(NORTH)


def main_of(page: httpx.Response) -> str:
    """What a page says, without the frame and the number of the request."""
    return re.sub(r"<code>[0-9a-f-]+</code>", "", page.text.partition("<main")[2].partition("</main>")[0])


def closed_routes(office: Office) -> list[tuple[str, str]]:
    """Every route that no guest may open, with words that mean something in the place of its parameters."""
    found = []
    for route in office.site.desk.routes:
        assert isinstance(route, HTTPRoute)
        path = route.path_format
        places = any(path == one or path.startswith(f"{one}/") for one in GUEST_PLACES)
        if path in {"/", "/{rest}"} or (places and "/notices" not in path):
            continue
        for words in (BEACON, RURI, "1"):
            filled = re.sub(r"\{[^}]+\}", words, path)
            found += [(method, filled) for method in route.methods if method not in ("OPTIONS", "HEAD")]
    return sorted(set(found))


def test_every_other_route_is_for_a_guest_as_if_it_were_not_there(shared: Office) -> None:
    visitor = shared.guest()
    nothing = visitor.get("/no/such/page")
    assert nothing.status_code == 404
    routes = closed_routes(shared)
    assert len(routes) > 60
    visitor.get("/guest/submissions")
    token = visitor.csrf
    for method, path in routes:
        answer = visitor.post(path, {"csrf": token}) if method == "POST" else visitor("GET", path)
        assert (answer.status_code, main_of(answer)) == (404, main_of(nothing)), (method, path)


def test_the_rooms_are_those_that_a_guest_may_enter(shared: Office) -> None:
    page = shared.guest().follow("/").text
    links = set(re.findall(r'<li[^>]*><a href="([^"]+)"', page.partition('id="rooms"')[2].partition("</nav>")[0]))
    assert links == {"/guest", "/guest/items", "/guest/submissions"}
    assert 'class="find"' not in page and "/administration" not in page


def test_the_account_page_is_a_guests_own(shared: Office) -> None:
    visitor = shared.guest()
    page = visitor.get("/account").text
    assert "Passkeys" in page and "/account/tokens" in page and "/account/notices" not in page
    tokens = visitor.get("/account/tokens").text
    assert "guest:read" in tokens and "token:read" in tokens and "item:read" not in tokens
    assert "item:read" in shared.signed_in("analyst").get("/account/tokens").text


def test_another_partys_ids_are_not_found_on_any_page(shared: Office) -> None:
    theirs = guest_of(shared.hub, RURI, "rosa.uri")
    sent = json.dumps({"objects": [an_object("tool", 70, name=CANARY)]}).encode()
    status = submit_as_guest(shared.hub.node, theirs, SubmitAsGuestRequest(body=sent))
    visitor = shared.guest()
    nothing = visitor.get("/guest/items/indicator--nothing")
    for name in (HIDDEN, an_id("tool", 70)):
        for place in (f"/guest/items/{name}", f"/guest/items/{name}/bytes"):
            answer = visitor.get(place)
            assert (answer.status_code, main_of(answer)) == (404, main_of(nothing)), place
    answer = visitor.get(f"/guest/submissions/{status.id}")
    assert (answer.status_code, main_of(answer)) == (404, main_of(nothing))
    for name in (HIDDEN, an_id("tool", 70), "indicator--nothing"):
        visitor.get(f"/guest/items/{BEACON}")
        answer = visitor.fill("/guest/answer", id=name, level="seen", by="Control room")
        assert (answer.status_code, main_of(answer)) == (404, main_of(nothing))
    for page in ("/guest", "/guest/items", f"/guest/items?q={CANARY}", "/guest/submissions", "/guest/bundle"):
        assert CANARY not in visitor.get(page).text.replace(f'value="{CANARY}"', "")


def test_officers_open_no_page_of_guests(shared: Office) -> None:
    visitor = shared.signed_in("duty-officer", "releaser")
    for path in ("/guest", "/guest/items", f"/guest/items/{BEACON}", "/guest/bundle", "/guest/submissions"):
        assert visitor.get(path).status_code == 404
    visitor.get("/account")
    token = visitor.csrf
    for path in ("/guest/answer", "/guest/submissions/withdraw"):
        assert visitor.post(path, {"csrf": token, "id": BEACON}).status_code == 404
    assert upload(visitor, "{}", csrf=token).status_code == 403


def test_forms_of_guests_need_their_own_page(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{BEACON}")
    fields = {"csrf": visitor.csrf, "id": BEACON, "level": "seen", "by": "x"}
    assert visitor.fill("/guest/answer", level="seen", by="x", csrf="x").status_code == 403
    assert visitor.post("/guest/answer", fields, sec_fetch_site="cross-site").status_code == 403
    assert upload(visitor, "{}", csrf="x").status_code == 403
    assert shared.visitor().post("/guest/answer", fields).status_code == 401


def test_a_form_that_is_sent_twice_has_one_effect(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{BEACON}")
    asked = {"level": "seen", "by": "Control room"}
    page = visitor.page
    for _ in range(2):
        visitor.page = page
        assert visitor.fill("/guest/answer", **asked).status_code == 303
    assert visitor.get(f"/guest/items/{BEACON}").text.count("<bdi>Control room</bdi>") == 1


@pytest.mark.parametrize("level", ["declined", "need-time", "stored", ""])
def test_an_answer_that_lacks_something_is_asked_for_again(shared: Office, level: str) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{BEACON}")
    page = visitor.fill("/guest/answer", level=level, by="Control <room>")
    assert page.status_code == 422 and "Not recorded." in page.text
    assert 'value="Control &lt;room&gt;"' in page.text


@pytest.mark.parametrize("words", HOSTILE[::12])
def test_hostile_words_of_a_guest_are_text_wherever_they_are_shown(shared: Office, words: str) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{BEACON}")
    visitor.fill("/guest/answer", level="declined", by="Office", reason=words)
    office = " ".join(words.split())[:200] if words.isprintable() else "x"
    visitor.get(f"/guest/items/{WIPER}")
    visitor.fill("/guest/answer", level="seen", by=office)
    visitor.get("/guest/submissions")
    upload(visitor, json.dumps({"objects": [an_object("tool", 70, name=words), {"type": words, "id": words}]}))
    for path in ("/guest", "/guest/items", f"/guest/items/{BEACON}", f"/guest/items/{WIPER}", "/guest/submissions"):
        check_inert(visitor("GET", path, params={"q": words, "type": "", "before": ""}).text)
    sent = re.search(r"/guest/submissions/[0-9a-f-]{36}", visitor.get("/guest/submissions").text)
    assert sent is not None
    check_inert(visitor.get(sent[0]).text)
    officer = shared.signed_in("duty-officer")
    for name in (BEACON, WIPER, an_id("tool", 70)):
        check_inert(officer.get(f"/items/{name}").text)


def test_what_a_guest_asks_in_an_address_is_read_or_refused(shared: Office) -> None:
    visitor = shared.guest()
    for query, code in (
        ("before=x", 400),
        ("before=-1", 400),
        ("before=" + "9" * 17, 400),
        ("before=0", 200),
        ("q=%00", 200),
    ):
        assert visitor.get(f"/guest/items?{query}").status_code == code, query


def test_the_bundle_of_an_exercise_says_so_in_its_name(shared: Office) -> None:
    assert 'filename="released.json"' in shared.guest().get("/guest/bundle").headers["content-disposition"]
