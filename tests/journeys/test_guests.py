"""A guest's pages and the TAXII client of the same party give the same ids and bytes, whatever befalls the items."""

import json
from pathlib import Path

from taxii2client.v21 import Collection, as_pages

from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.api_tokens import AddTokenRequest, add_token
from comity.desk.retract import RetractRequest, retract
from tests.support.desk import Office, Visitor, an_office
from tests.support.guests import BEACON, CANARY, NORTH, WIPER, end, erase, grant, raise_marking, shares
from tests.support.nodes import OFFICER, Freedonia, a_marking, an_id, an_object
from tests.support.taxii import served


class Both:
    """The two ways in which a party without a node reads: a stock TAXII client, and a browser's pages with the API."""

    def __init__(self, office: Office, url: str) -> None:
        self.hub: Freedonia = office.hub
        reader = self.hub.reader(NORTH)
        given = self.hub.credentials[NORTH]
        place = f"{url}/taxii2/root/collections/{reader.view_id}/"
        self.client = Collection(place, user=given.user, password=given.password)
        self.browser: Visitor = office.guest()
        add_account(self.hub.node, OFFICER, AddAccountRequest(name="robot", title="R", roles=("guest",), party=NORTH))
        asked = AddTokenRequest(name="r", scopes=("guest:read",), account="robot")
        self.token = add_token(self.hub.node, OFFICER, asked).secret

    def taxii(self) -> list[dict[str, object]]:
        pages = as_pages(self.client.get_objects, per_request=3)
        return [one for page in pages for one in page.get("objects", [])]

    def check(self) -> list[str]:
        """Compare both, by ids and by what each object says; gives the ids."""
        self.hub.settle()
        theirs = self.taxii()
        bundle = self.browser.get("/guest/bundle")
        assert json.loads(bundle.content)["objects"] == theirs
        listed, before = [], None
        while True:
            body = json.dumps({"limit": 2} | ({} if before is None else {"before": before})).encode()
            head = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
            page = self.browser("POST", "/api/v1/guest/list", content=body, headers=head).json()
            listed += [one["id"] for one in page["items"]]
            before = page["before"]
            if before is None:
                break
        ids = [str(one["id"]) for one in theirs]
        assert listed == ids[::-1]
        for one in theirs:
            assert json.loads(self.browser.get(f"/guest/items/{one['id']}/bytes").content) == one
        assert CANARY not in bundle.text
        return ids


def test_both_read_the_same_whatever_befalls_the_items(tmp_path: Path) -> None:
    with an_office(tmp_path, in_memory=False) as office:
        shares(office.hub)
        hub = office.hub
        with served(office.site) as url:
            both = Both(office, url)
            first = both.check()
            assert {BEACON, WIPER} <= set(first)

            hub.put(an_object("malware", 2, name="Wiper, again", modified="2031-02-20T00:00:00.000Z"))
            hub.put(*(an_object("tool", number) for number in range(20, 27)))
            assert len(both.check()) == len(first) + 7

            hub.put(an_object("report", 30, name="Controlled", object_refs=[BEACON, an_id("indicator", 4)]))
            raise_marking(hub, an_id("tool", 21))
            assert an_id("tool", 21) not in both.check()

            erase(hub, an_id("tool", 22))
            retract(hub.node, OFFICER, RetractRequest(id=an_id("tool", 23), reason="Wrong."))
            left = both.check()
            assert not {an_id("tool", 22), an_id("tool", 23)} & set(left)
            first_page = both.browser.get("/guest").text
            assert "Taken back by Freedonia CSIRT" in first_page and "Erased by Freedonia CSIRT" in first_page

            hub.put(an_object("tool", 40), embargo="2031-03-02T00:00:00Z")
            before = both.check()
            hub.at("2031-03-02T00:00:01Z")
            both.browser = office.signed_in("guest", name="second.guest", party=NORTH)
            assert both.check() == [*before, an_id("tool", 40)]

            end(hub)
            assert both.check() == []
            for name in first:
                assert both.browser.get(f"/guest/items/{name}").status_code == 404


def test_a_grant_shows_an_item_to_both_at_once(tmp_path: Path) -> None:
    with an_office(tmp_path, in_memory=False) as office:
        shares(office.hub)
        orcon = a_marking(1, definition_type="statement", definition={"statement": "ORCON"})
        office.hub.put(orcon, an_object("tool", 50, object_marking_refs=[orcon["id"]]))
        with served(office.site) as url:
            both = Both(office, url)
            before = both.check()
            grant(office.hub, an_id("tool", 50))
            after = both.check()
    assert an_id("tool", 50) not in before
    assert {*before, an_id("tool", 50), orcon["id"]} <= set(after)
