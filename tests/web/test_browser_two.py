"""Tests in the system's Chromium that two persons do an act together, each in their own browser, one with a passkey."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.desk.actor import Actor
from comity.desk.recover_account import RecoverAccountRequest, recover_account
from comity.records.kinds import ReleaseGrant
from comity.wire.lock import hold_lock
from tests.support.browser import PHONE, Tab, a_browser, enter, picture
from tests.support.desk import Office, an_office
from tests.support.desk_story import busy
from tests.support.nodes import an_id, an_object
from tests.support.taxii import served
from tests.support.two import last_act

INDICATOR = an_id("indicator", 50)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with a_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[tuple[Office, str]]:
    """A node of an exercise with four people, served."""
    folder = tmp_path_factory.mktemp("two")
    with (
        an_office(folder, in_memory=False, exercise=True) as office,
        hold_lock(office.hub.node.folder, "t", wait_s=1.0),
    ):
        busy(office.hub)
        office.hub.put(an_object("indicator", 50, name="Their server"), tlp="amber")
        office.account("mara.ellend", "releaser", "duty-officer")
        office.account("tomas.weyl", "approver")
        office.account("ada.min", "administrator")
        office.account("otto.ran", "administrator")
        with served(office.site) as url:
            yield office, url.replace("127.0.0.1", "localhost")


def test_one_asks_without_scripts_another_approves_by_passkey(
    desk: tuple[Office, str], browser: Any, tmp_path: Path
) -> None:
    office, url = desk
    asker = Tab(browser, java_script_enabled=False)
    enter(asker, office.people["mara.ellend"], url)
    asker.page.goto(f"{url}/items/{INDICATOR}")
    asker.page.get_by_text("Let a party have it").click()
    asker.page.get_by_label("To", exact=True).select_option("Ruritania CSIRT")
    asker.page.locator("#reason").fill("They handle the same case.")
    asker.page.locator("form[action$=grant] button").click()
    asker.page.wait_for_load_state()
    assert asker.page.get_by_role("heading", name="waits for a second person").is_visible()

    approver = Tab(browser)
    approver.with_authenticator()
    enter(approver, office.people["tomas.weyl"], url)
    page = approver.page
    page.goto(f"{url}/account")
    page.get_by_label("Name of the new passkey").fill("Virtual key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("rowheader", name="Virtual key").wait_for()
    page.goto(url)
    page.get_by_role("link", name="Look, then approve or refuse").click()
    page.wait_for_load_state()
    assert page.get_by_text("They handle the same case.").is_visible()
    picture(page, tmp_path / "act.png")
    page.get_by_role("button", name="Approve with passkey").click()
    page.get_by_role("heading", name="Grant a release above the level of one person: done").wait_for()
    picture(page, tmp_path / "act-done.png")

    act = last_act(office.hub)
    assert isinstance(act, ReleaseGrant) and act.to == ("ruritania-csirt",) and len(act.leaves) == 1
    (approval,) = act.approvals  # type: ignore[union-attr]
    assert approval.by == "passkey" and approval.assertion is not None
    assert approver.complaints == asker.complaints == []


def test_the_first_page_of_one_follows_what_another_does(
    desk: tuple[Office, str], browser: Any, tmp_path: Path
) -> None:
    office, url = desk
    watcher, doer = Tab(browser), Tab(browser, java_script_enabled=False)
    enter(watcher, office.people["tomas.weyl"], url)
    waiting = watcher.page.get_by_role("link", name="Look, then approve or refuse")
    there = waiting.count()
    watcher.page.evaluate("document.body.dataset.same = 'page'")
    enter(doer, office.people["mara.ellend"], url)
    doer.page.goto(f"{url}/items/{INDICATOR}")
    doer.page.get_by_text("Let a party have it").click()
    doer.page.get_by_label("To", exact=True).select_option("Northwind Energy")
    doer.page.locator("#reason").fill("They asked for help.")
    doer.page.locator("form[action$=grant] button").click()

    waiting.nth(there).wait_for(timeout=15_000)
    assert watcher.page.get_by_text("They asked for help.").is_visible()
    assert watcher.page.locator(".rooms .count").inner_text().startswith(str(there + 1))
    assert watcher.page.evaluate("document.body.dataset.same") == "page"  # it was not loaded again
    picture(watcher.page, tmp_path / "followed.png")
    doer.page.get_by_role("button", name="Withdraw").click()
    waiting.nth(there).wait_for(state="detached", timeout=15_000)
    assert watcher.complaints == doer.complaints == []
    watcher.context.close()
    doer.context.close()


@pytest.mark.parametrize("said", [{}, {"viewport": PHONE}, {"color_scheme": "dark"}], ids=["wide", "phone", "dark"])
def test_pages_of_administration_fit_and_complain_of_nothing(
    desk: tuple[Office, str], browser: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    office, url = desk
    tab = Tab(browser, **said)
    enter(tab, office.people["ada.min"], url)
    for name in ("users", "users/mara.ellend", "keys", "settings", "audit", "doctor"):
        tab.page.goto(f"{url}/administration/{name}")
        wide = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, name
        assert tab.page.locator("h1").count() == 1 and tab.page.locator(".exercise").is_visible()
        assert tab.page.locator(".tabs [aria-current=page]").count() == 1
        picture(tab.page, tmp_path / f"{name.replace('/', '-')}.png")
    for path in ("", "acts", "account"):
        tab.page.goto(f"{url}/{path}")
        assert tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert tab.complaints == []


def test_a_recovery_is_seconded_and_its_owner_ends_it(desk: tuple[Office, str], browser: Any) -> None:
    office, url = desk
    ada = Actor(name="ada.min", role="administrator", via="web")
    asked = RecoverAccountRequest(name="mara.ellend", step="ask", reason="Heard by telephone.")
    recover_account(office.hub.node, ada, asked)
    second, owner = Tab(browser, java_script_enabled=False), Tab(browser, java_script_enabled=False)
    enter(second, office.people["otto.ran"], url)
    second.page.get_by_role("link", name="Look at the account").click()
    second.page.get_by_role("button", name="Second it").click()
    second.page.wait_for_load_state()
    assert second.page.get_by_text("Time to object").is_visible()
    enter(owner, office.people["mara.ellend"], url)
    owner.page.get_by_role("link", name="Look at your account").click()
    owner.page.get_by_role("button", name="End it: I have a way in").click()
    owner.page.wait_for_load_state()
    assert not owner.page.get_by_text("Heard by telephone.").is_visible()
