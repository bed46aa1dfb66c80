"""Tests the pages on which acts of two persons are seen and decided, and what each visitor finds there."""

import json
import re

import pytest

from comity.desk.actor import PersonRole
from comity.desk.erase_item import EraseItemRequest
from comity.desk.grant_release import GrantReleaseRequest
from comity.records.kinds import ReleaseGrant
from tests.support.authenticator import Authenticator
from tests.support.desk import AT, PASSWORD, Account, Office, Visitor
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.two import asked, last_act
from tests.web.test_hostile import HOSTILE, check_inert
from tests.web.test_passkey_pages import asked as answered
from tests.web.test_passkey_pages import sent, with_passkey

P = "ruritania-csirt"
INDICATOR = an_id("indicator", 1)
FORMS = ("approve", "refuse", "withdraw", "break-glass", "review", "options", "passkey")


class Two:
    """Who asked, and who is to approve, each in a browser of their own."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.hub.put(an_object("indicator", 1), tlp="amber")
        self.account: Account = office.account("tomas.weyl", "approver")
        self.approver = office.visitor()
        assert self.approver.sign_in(self.account).status_code == 303
        self.asker = office.signed_in("duty-officer", name="mara.ellend")

    def ask(self, reason: str = "They handle the same case.") -> int:
        """Ask by command for a grant."""
        request = GrantReleaseRequest(ids=(INDICATOR,), to=(P,), reason=reason)
        return asked(self.office.hub, OFFICER, "release grant", request)

    def ask_in_browser(self) -> int:
        """Ask on the item's page that it be erased."""
        self.asker.get(f"/items/{INDICATOR}")
        answer = self.asker.fill("/erase", reason="A bystander's address.", ordered_by="Data protection officer")
        assert answer.status_code == 303
        return int(answer.headers["location"].rpartition("/")[2])


@pytest.fixture
def two(office: Office) -> Two:
    return Two(office)


def test_what_waits_is_red_for_who_may_approve_and_shows_what_happens(two: Two) -> None:
    number = two.ask()
    page = two.approver.get("/").text
    assert "<h1>One act waits for you.</h1>" in page and page.count('data-turn="mine"') == 1
    assert "Approve or refuse: Grant a release above the level of one person" in page
    assert "They handle the same case." in page
    assert 'data-turn="mine"' not in two.asker.get("/").text
    page = two.approver.get(f"/acts/{number}").text
    assert "x-comity-release-grant" in page and INDICATOR in page and "Second person: you" in page
    assert "Approve with passkey" in page


def test_a_passkey_over_the_act_approves_it(two: Two) -> None:
    device = Authenticator(7)
    assert with_passkey(two.approver, device) == 200
    number = two.ask()
    two.approver.get(f"/acts/{number}")
    token = {"x-csrf": two.approver.csrf}
    options = answered(two.approver, f"/acts/{number}/options", {}, **token)
    body = {"credential": device.answer(options, AT)}
    assert answered(two.approver, f"/acts/{number}/passkey", body, **token) == {"next": f"/acts/{number}"}
    assert isinstance(last_act(two.office.hub), ReleaseGrant)
    page = two.approver.get(f"/acts/{number}").text
    assert "approved by passkey" in page and "tomas.weyl" in page
    assert sent(two.approver, f"/acts/{number}/passkey", body, **token) == 409
    assert "<h1>Nothing waits for you.</h1>" in two.approver.get("/").text


def test_password_and_code_approve_where_a_passkey_cannot(two: Two) -> None:
    number = two.ask()
    two.approver.get(f"/acts/{number}")
    wrong = two.approver.fill("/approve", password="wrong", code=two.account.next_code())
    assert wrong.status_code == 422 and "Not approved." in wrong.text
    done = two.approver.fill("/approve", password=PASSWORD, code=two.account.next_code())
    assert done.status_code == 303
    assert "approved by password and code" in two.approver.get(f"/acts/{number}").text


def test_guessing_at_a_password_there_is_slowed_as_at_the_door(two: Two) -> None:
    number = two.ask()
    two.approver.get(f"/acts/{number}")
    token = two.approver.csrf
    said = [
        two.approver.post(f"/acts/{number}/approve", {"csrf": token, "password": "x", "code": "1"}).status_code
        for _ in range(12)
    ]
    assert said[0] == 422 and said[-1] == 503


def test_a_refusal_has_its_reason_and_ends_it(two: Two) -> None:
    number = two.ask()
    two.approver.get(f"/acts/{number}")
    assert two.approver.fill("/refuse", reason=" ").status_code == 400
    two.approver.get(f"/acts/{number}")
    assert two.approver.fill("/refuse", reason="Ask Northwind first.").status_code == 303
    page = two.approver.get(f"/acts/{number}").text
    assert "refused" in page and "Ask Northwind first." in page and "Approve with passkey" not in page


def test_what_is_asked_for_on_a_page_waits_under_its_own_address(two: Two) -> None:
    number = two.ask_in_browser()
    page = two.asker.get(f"/acts/{number}").text
    assert "Erase an item: waits for a second person" in page and "Withdraw it" in page
    assert "Approve with passkey" not in page and "Approve or refuse" in two.approver.get("/").text
    two.asker.get(f"/acts/{number}")
    assert two.asker.fill("/withdraw").status_code == 303
    assert "withdrawn" in two.asker.get(f"/acts/{number}").text
    assert two.office.hub.explain(INDICATOR, P)


def test_nobody_approves_in_the_browser_that_asked(two: Two) -> None:
    number = two.ask_in_browser()
    two.asker.get("/account")
    two.asker.fill("/sign-out")
    assert two.asker.sign_in(two.account).status_code == 303  # the second person at the same machine
    two.asker.get(f"/acts/{number}")
    refused = two.asker.fill("/approve", password=PASSWORD, code=two.account.next_code())
    assert refused.status_code == 403 and "in this very browser" in refused.text


def test_breaking_the_glass_is_told_to_all_and_reviewed_by_another(two: Two, office: Office) -> None:
    number = two.ask_in_browser()
    two.asker.get(f"/acts/{number}")
    assert two.asker.fill("/break-glass", why="The court's order ends tonight.").status_code == 303
    assert two.asker.get(f"/items/{INDICATOR}").status_code == 404
    (approval,) = last_act(office.hub).approvals
    assert approval.by == "break-glass" and approval.assertion is None
    for role in ("analyst", "administrator", "auditor"):
        named: PersonRole = role  # type: ignore[assignment]
        page = office.signed_in(named, name=f"a.{role}").get("/").text
        assert "Done by mara.ellend without a second person: Erase an item" in page
        assert "The court&#39;s order ends tonight." in page
    assert "Review what was done without a second person: Erase an item" in two.approver.get("/").text
    assert two.asker.post(f"/acts/{number}/review", {"csrf": token_of(two.asker), "finding": "ok"}).status_code == 404
    two.approver.get(f"/acts/{number}")
    assert two.approver.fill("/review", finding="It could not wait.").status_code == 303
    assert "It could not wait." in two.approver.get(f"/acts/{number}").text
    assert "without a second person: Erase" not in two.approver.get("/").text


def token_of(visitor: Visitor) -> str:
    visitor.get("/account")
    return visitor.csrf


def test_whom_it_does_not_concern_finds_no_such_act(two: Two, office: Office) -> None:
    number = two.ask()
    for role in ("analyst", "administrator", "auditor", "operator", "releaser"):
        named: PersonRole = role  # type: ignore[assignment]
        visitor = office.signed_in(named, name=f"a.{role}")
        shown = [
            re.sub(r"[0-9a-f-]{36}|<code>[^<]*</code>", "", visitor.get(f"/acts/{no}").text) for no in (number, 99)
        ]
        assert visitor.page.status_code == 404 and shown[0] == shown[1]
        assert "They handle the same case." not in visitor.get("/acts").text + visitor.get("/").text
        token = token_of(visitor)
        for name in FORMS:
            headers = {"x-csrf": token}
            fields = {"csrf": token, "reason": "x", "why": "x", "finding": "x", "password": "x", "code": "1"}
            body = json.dumps({"credential": {}}).encode()
            if name in ("options", "passkey"):
                said = visitor("POST", f"/acts/{number}/{name}", content=body, headers=headers).status_code
            else:
                said = visitor.post(f"/acts/{number}/{name}", fields).status_code
            assert said in (400, 404), (role, name, said)
    assert not isinstance(last_act(office.hub), ReleaseGrant)


@pytest.mark.parametrize("name", FORMS)
def test_each_address_takes_only_what_comes_from_its_own_page(two: Two, name: str) -> None:
    number = two.ask()
    path = f"/acts/{number}/{name}"
    stranger = two.office.visitor()
    assert stranger.post(path, {}).status_code == 401
    assert two.approver.post(path, {"csrf": "wrong"}, x_csrf="wrong").status_code == 403
    two.approver.get(f"/acts/{number}")
    token = two.approver.csrf
    crossing = {"sec_fetch_site": "cross-site", "x_csrf": token}
    assert two.approver.post(path, {"csrf": token}, **crossing).status_code == 403
    assert stranger.get(f"/acts/{number}").status_code == stranger.get("/acts").status_code == 303


@pytest.mark.parametrize("path", ["/acts/x", "/acts/1e3", "/acts/-1", "/acts?before=x"])
def test_a_number_that_is_none_is_refused(office: Office, path: str) -> None:
    assert office.signed_in("approver").get(path).status_code == 400


def test_hostile_reasons_are_text(two: Two) -> None:
    for words in HOSTILE[::13]:
        number = two.ask(reason=words)
        for path in ("/", "/acts", f"/acts/{number}"):
            check_inert(two.approver.get(path).text)
        two.approver.fill("/refuse", reason=words)
        check_inert(two.approver.get(f"/acts/{number}").text)


def test_a_list_of_acts_pages_by_number(two: Two) -> None:
    for n in range(53):
        request = EraseItemRequest(id=INDICATOR, reason=f"reason {n}", ordered_by="x")
        asked(two.office.hub, OFFICER, "item erase", request)
    page = two.approver.get("/acts").text
    assert "53 acts wait" in page or "50 acts wait" in page
    assert "?before=4" in page and "Earlier ones" in page
    assert "Earlier ones" not in two.approver.get("/acts?before=4").text
