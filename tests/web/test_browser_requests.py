"""Tests in the system's Chromium that one desk asks another's for an item to go on, and hears what became of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio.from_thread
import pytest

from tests.desk.test_ask_originator import given_to_ruritania
from tests.desk.test_take_grant import ITEM, TITLES
from tests.support.browser import PHONE, Tab, a_browser, enter, picture
from tests.support.desk import Office
from tests.support.federation import Member, federation
from tests.support.nodes import CountedEntropy
from tests.support.taxii import served
from tests.support.two import last_act

WHY = "canary: the same server is in their grid"


def desk_of(member: Member, portal: Any) -> Office:
    """A desk at a node of a federation."""

    def later(seconds: int) -> None:
        member.node.clock.right = member.node.clock.right + seconds * 1000  # type: ignore[attr-defined]

    hub: Any = SimpleNamespace(node=member.node, clock=member.node.clock, entropy=CountedEntropy(), later=later)
    return Office(hub, portal)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser and the desks of Freedonia and Ruritania, with what is needed to let their nodes meet."""
    with ExitStack() as stack:
        browser = stack.enter_context(a_browser())
        members = stack.enter_context(federation(tmp_path_factory.mktemp("asking"), *TITLES))
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        free, ruri, north = members
        given_to_ruritania(free, ruri, north)
        at_free, at_ruri = desk_of(free, portal), desk_of(ruri, portal)
        at_free.account("mara.ellend", "releaser")
        at_free.account("olga.tern", "operator")
        at_ruri.account("ilse.noor", "duty-officer")
        at_ruri.account("paul.amt", "analyst")
        urls = [stack.enter_context(served(desk.site)).replace("127.0.0.1", "localhost") for desk in (at_free, at_ruri)]
        yield browser, members, (at_free, at_ruri), urls


def fits(tab: Tab, kept: Path) -> None:
    assert tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    picture(tab.page, kept)


def test_one_desk_asks_the_other_declines_then_grants(desks: Any, tmp_path: Path) -> None:
    browser, (free, ruri, north), (at_free, at_ruri), (free_url, ruri_url) = desks
    asker, page = (tab := Tab(browser, java_script_enabled=False)), tab.page
    enter(asker, at_ruri.people["ilse.noor"], ruri_url)

    def ask(why: str) -> None:
        page.goto(f"{ruri_url}/items/{ITEM}")
        page.get_by_text("Ask Freedonia CSIRT to let it go on").click()
        page.locator(f"#ask-{north.name}").fill(why)
        fits(asker, tmp_path / "asking.png")
        page.get_by_role("button", name="Ask the originator").click()
        page.wait_for_load_state()
        assert page.locator(f"#asked-{north.name}").inner_text().startswith("Freedonia CSIRT was asked")
        assert page.get_by_text("Ask Freedonia CSIRT to let it go on").count() == 0, "one request is enough"
        free.sync(ruri.name)

    ask(WHY)
    fits(asker, tmp_path / "asked.png")
    page.goto(ruri_url)
    assert page.get_by_text("to let an item go on to Northwind Energy").is_visible()

    releaser = Tab(browser, java_script_enabled=False)
    enter(releaser, at_free.people["mara.ellend"], free_url)
    assert "One act waits for you." in releaser.page.content()
    assert releaser.page.get_by_text(WHY).is_visible()
    releaser.page.get_by_text("Decline it, with a reason").click()
    releaser.page.get_by_label("Office that declines").fill("Duty officer")
    releaser.page.locator("form[action$=decline] textarea").fill("A source would be known by it.")
    fits(releaser, tmp_path / "declining.png")
    releaser.page.get_by_role("button", name="Decline").click()
    releaser.page.wait_for_load_state()
    assert "Nothing waits for you." in releaser.page.content()
    ruri.sync(free.name)
    page.goto(f"{ruri_url}/items/{ITEM}")
    assert "declined: A source would be known by it." in page.locator(f"#asked-{north.name}").inner_text()

    ask("It is in their grid now.")
    releaser.page.goto(free_url)
    releaser.page.get_by_text("Grant it").click()
    releaser.page.locator("form[action$=grant] textarea").fill("They need it.")
    releaser.page.get_by_role("button", name="Ask for the grant").click()
    assert last_act(SimpleNamespace(node=free.node)).to == (north.name,)  # type: ignore[arg-type]
    ruri.sync(free.name)
    page.goto(f"{ruri_url}/items/{ITEM}")
    assert page.locator(f"#why-{north.name}").get_attribute("data-outcome") == "goes"
    assert asker.complaints == releaser.complaints == []


@pytest.mark.parametrize(
    "said",
    [{}, {"viewport": PHONE}, {"color_scheme": "dark"}, {"locale": "ar-XB"}],
    ids=["wide", "phone", "dark", "rtl"],
)
def test_the_pages_fit_and_nobody_without_the_role_sees_the_reason(
    desks: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    browser, (free, ruri, _), (at_free, at_ruri), (free_url, ruri_url) = desks
    asker = at_ruri.visitor()
    asker.sign_in(at_ruri.people["ilse.noor"])
    asker.get("/account")
    token = {"csrf": asker.csrf, "to": "northwind-energy", "reason": WHY}
    asker.post(f"/items/{ITEM}/ask", token)
    free.sync(ruri.name)
    for office, url, who, sees in (
        (at_free, free_url, "mara.ellend", True),
        (at_free, free_url, "olga.tern", False),
        (at_ruri, ruri_url, "paul.amt", False),
    ):
        tab = Tab(browser, **said)
        enter(tab, office.people[who], url)
        assert (WHY in tab.page.content()) == sees, who
        fits(tab, tmp_path / f"{who}.png")
        assert tab.complaints == []
        tab.context.close()


def test_without_the_role_there_is_no_such_address(desks: Any) -> None:
    _, _, (at_free, at_ruri), _ = desks
    for office, who, path, fields in (
        (at_ruri, "paul.amt", f"/items/{ITEM}/ask", {"to": "northwind-energy", "reason": "x"}),
        (at_free, "olga.tern", "/requests/x-comity-release-request--1/decline", {"by": "x", "reason": "x"}),
    ):
        visitor = office.visitor()
        visitor.sign_in(office.people[who])
        visitor.get("/account")
        assert visitor.post(path, fields | {"csrf": visitor.csrf}).status_code == 404
        assert visitor.post(path, fields | {"csrf": "x"}).status_code == 403
        assert office.visitor().post(path, fields).status_code == 401


def test_a_reason_of_megabytes_is_refused_in_words(desks: Any) -> None:
    _, _, (_, at_ruri), _ = desks
    visitor = at_ruri.visitor()
    visitor.sign_in(at_ruri.people["ilse.noor"])
    visitor.get("/account")
    fields = {"csrf": visitor.csrf, "to": "northwind-energy"}
    assert visitor.post(f"/items/{ITEM}/ask", fields | {"reason": "x" * 2_001}).status_code == 400
    assert visitor.post(f"/items/{ITEM}/ask", fields | {"reason": "x" * 5_000_000}).status_code in (400, 413)
