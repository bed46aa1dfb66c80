"""Tests in the system's Chromium that two persons do the desk's main job without a mouse, and see where they are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.records.kinds import ReleaseGrant
from tests.support.browser import PHONE, Tab, enter, picture
from tests.support.busy_desk import PAGES, a_busy_desk
from tests.support.desk import PASSWORD, Account, Office
from tests.support.keyboard import Keys, jumps
from tests.support.nodes import an_id, an_object
from tests.support.two import last_act

BEACON = an_id("indicator", 60)
WAYS: dict[str, dict[str, Any]] = {
    "wide": {},
    "phone": {"viewport": PHONE},
    "dark": {"color_scheme": "dark"},
    "rtl": {"locale": "ar-XB"},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Office, str]]:
    """A busy desk, served."""
    with a_busy_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


def come_in(keys: Keys, account: Account, url: str) -> None:
    """Sign in by password and code."""
    keys.page.goto(f"{url}/sign-in")
    keys.start()
    keys.to("name")
    keys.write(account.name)
    keys.to("password")
    keys.write(PASSWORD)
    keys.to("code")
    keys.write(account.next_code())
    keys.press("Enter")
    keys.page.wait_for_url(f"{url}/")
    keys.start()


def takes_in(asker: Keys, url: str) -> None:
    """Take a file in after its preview, and open the item that came of it."""
    page = asker.page
    page.on("filechooser", lambda _: None)  # who listens first lets the browser know in time that nobody sees a dialog
    asker.to("Take in", tag="a")
    asker.press("Enter")
    page.wait_for_url(f"{url}/take-in")
    asker.start()
    asker.to("file")
    with page.expect_file_chooser() as chosen:
        asker.press("Enter")
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [an_object("indicator", 60, name="Grid beacon")]}
    chosen.value.set_files({"name": "b.json", "mimeType": "application/json", "buffer": json.dumps(bundle).encode()})
    asker.to("default_tlp")
    asker.write("TLP:AMBER")
    assert page.locator("#default_tlp").input_value() == "amber"
    asker.to("Preview", tag="button")
    asker.press("Space")
    page.get_by_role("heading", name="One object would come, of 1").wait_for()
    asker.start()
    asker.to("Take it in", tag="button")
    asker.press("Enter")
    page.get_by_role("heading", name="Taken in: one new object").wait_for()
    asker.start()
    asker.to("Grid beacon", tag="a")
    asker.press("Enter")
    page.wait_for_url(f"{url}/items/{BEACON}")
    asker.start()


def asks(asker: Keys, kept: Path) -> None:
    """Ask on the item's page that Ruritania may have it."""
    page = asker.page
    asker.to("Let a party have it", tag="summary")
    asker.press("Space")
    asker.to("to", tag="select")
    asker.press("ArrowDown", "ArrowUp")
    asker.write("Ruri")
    assert page.locator("#to").input_value() == "ruritania-csirt"
    asker.to("reason", tag="textarea")
    asker.write("They handle the same case.")
    asker.to("Ask for it", tag="button")
    picture(page, kept)
    asker.press("Enter")
    page.get_by_role("heading", name="waits for a second person").wait_for()


def test_two_persons_do_the_desks_main_job_by_keys_alone(desk: tuple[Any, Office, str], tmp_path: Path) -> None:
    browser, office, url = desk
    asker = Keys(Tab(browser))
    come_in(asker, office.people["mara.ellend"], url)
    takes_in(asker, url)
    asks(asker, tmp_path / "asking.png")

    approver, page = (keys := Keys(Tab(browser))), keys.page
    approver.tab.with_authenticator()
    come_in(approver, office.people["tomas.weyl"], url)
    page.goto(f"{url}/account")
    approver.start()
    approver.to("passkey_name")
    approver.write("Key on the ring")
    approver.press("Enter")
    page.get_by_role("rowheader", name="Key on the ring").wait_for()
    approver.start()
    approver.to("Now", tag="a")
    approver.press("Enter")
    page.wait_for_url(f"{url}/")
    approver.start()
    approver.to("Look, then approve or refuse")
    approver.to("Look, then approve or refuse")
    approver.press("Enter")
    page.get_by_text("They handle the same case.").wait_for()
    approver.start()
    approver.to("Approve with passkey", tag="button")
    picture(page, tmp_path / "approving.png")
    approver.press("Enter")
    page.get_by_role("heading", name="Grant a release above the level of one person: done").wait_for()

    act = last_act(office.hub)
    assert isinstance(act, ReleaseGrant) and act.to == ("ruritania-csirt",)
    assert asker.found == approver.found == []
    assert asker.tab.complaints == approver.tab.complaints == []


@pytest.mark.parametrize("way", WAYS)
def test_on_every_page_the_focus_is_seen_follows_reading_and_gets_out(desk: tuple[Any, Office, str], way: str) -> None:
    browser, office, url = desk
    found: list[str] = []
    for who, paths in PAGES.items():
        keys = Keys(Tab(browser, **WAYS[way]))
        enter(keys.tab, office.people[who], url)
        for path in paths if way in ("wide", "phone") else paths[:6]:
            keys.page.goto(f"{url}/{path}")
            keys.start()
            stops = keys.walk()
            assert len(stops) >= (3 if path.endswith("nothing") else 5), path
            found += [f"{path}: {jump}" for jump in jumps(stops, right_to_left=way == "rtl")]
        found += keys.found
        keys.tab.context.close()
    assert found == []


def test_the_way_back_is_the_way_there(desk: tuple[Any, Office, str]) -> None:
    browser, office, url = desk
    keys = Keys(Tab(browser))
    enter(keys.tab, office.people["mara.ellend"], url)
    keys.page.goto(f"{url}/release")
    keys.start()
    there = [keys.next() for _ in range(14)]
    back = []
    for _ in range(13):
        keys.press("Shift+Tab")
        back.append(keys.page.evaluate("document.activeElement.innerText.trim().replace(/\\s+/g, ' ').slice(0, 80)"))
    named = [one.name if one.tag in ("a", "button") else "" for one in there if one is not None]
    assert back == named[-2::-1]


@pytest.mark.parametrize("way", ["wide", "phone", "rtl"])
def test_the_way_past_the_head_is_seen_and_leads_to_the_content(desk: tuple[Any, Office, str], way: str) -> None:
    browser, office, url = desk
    keys = Keys(Tab(browser, **WAYS[way]))
    enter(keys.tab, office.people["mara.ellend"], url)
    for path in ("release", "agreements", "take-in"):
        keys.page.goto(f"{url}/{path}")
        keys.start()
        first = keys.next()
        assert first is not None and first.top >= 0 and keys.page.locator(".skip").is_visible()
        keys.press("Enter")
        keys.next()
        assert keys.page.evaluate("document.getElementById('main').contains(document.activeElement)"), path
    assert keys.found == []


def test_the_menu_of_a_telephone_opens_and_closes_by_keys(desk: tuple[Any, Office, str]) -> None:
    browser, office, url = desk
    keys = Keys(Tab(browser, viewport=PHONE))
    enter(keys.tab, office.people["mara.ellend"], url)
    keys.start()
    rooms = keys.page.get_by_role("navigation", name="Rooms")
    assert not rooms.is_visible()
    keys.to("Menu", tag="button")
    keys.press("Enter")
    assert rooms.is_visible()
    assert keys.next().tag == "a"  # type: ignore[union-attr]
    keys.press("Escape")
    assert not rooms.is_visible()
    assert keys.page.evaluate("document.activeElement.className").endswith("menu-button")
    keys.press("Space")
    keys.to("Peers", tag="a")
    keys.press("Enter")
    keys.page.wait_for_url(f"{url}/peers")
    assert keys.found == []
