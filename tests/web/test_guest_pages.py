"""Tests the pages of guests: what they show, take and record, and that nothing else is there for them."""

import json

import httpx
import pytest

from tests.support.desk import Office, Visitor
from tests.support.nodes import agreement, an_id, an_object, clause

NORTH = "northwind-energy"
FIRST, SECOND = an_id("indicator", 1), an_id("malware", 2)


@pytest.fixture
def shared(office: Office) -> Office:
    """An office that shares green material with Northwind Energy, and has some that it does not."""
    text = agreement(
        clause("art-1", "share", tlp_at_most="green", **{"text.en": "Green material may go to the members."})
        + clause("art-2", "use_limit", **{"text.en": "For the defence of own networks."}),
        name="free-north",
        parties=("freedonia-csirt", NORTH),
    )
    office.hub.agree(text, adhere=("freedonia-csirt", NORTH))
    office.hub.put(an_object("indicator", 1, name="Beacon"), an_object("malware", 2, description="A wiper."))
    office.hub.put(an_object("indicator", 3, name="canary-hidden"), tlp="amber")
    office.hub.settle()
    return office


def upload(visitor: Visitor, pasted: str, **more: str) -> httpx.Response:
    """Send the form of the page that is open."""
    fields = {"csrf": visitor.csrf, "pasted": pasted, **more}
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
        assert "Beacon" in page.text and "malware 2" in page.text and "canary" not in page.text
    item = visitor.get(f"/guest/items/{FIRST}")
    assert "Green material may go to the members." in item.text and "For the defence of own networks." in item.text
    assert visitor.get(f"/guest/items/{an_id('indicator', 3)}").status_code == 404


def test_an_answer_is_recorded_and_shown_to_officers_as_unsigned(shared: Office) -> None:
    visitor = shared.guest()
    visitor.get(f"/guest/items/{FIRST}")
    assert visitor.fill("/guest/answer", level="accepted", by="Control room").status_code == 303
    assert "unsigned by the party" in visitor.get(f"/guest/items/{FIRST}").text
    officer = shared.signed_in("duty-officer")
    page = officer.get(f"/items/{FIRST}").text
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
    assert visitor.fill("/withdraw", id=FIRST).status_code == 422


def test_the_bundle_is_what_a_taxii_client_gets(shared: Office) -> None:
    visitor = shared.guest()
    got = json.loads(visitor.get("/guest/bundle").content)
    assert got["type"] == "bundle" and got["objects"] == shared.hub.objects(NORTH)
