"""Plays what the desk is for in a browser: a file goes in, a second person approves, it is seen at another node."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.journeys.test_two_fresh_nodes import FREE, RURI, Party, Two, agree, meet, sign_in, two
from tests.support.browser import Tab, a_browser, picture
from tests.support.desk import PASSWORD
from tests.support.nodes import a_marking, an_id, an_object

__all__ = ["two"]  # the fixture
BEACON = an_id("indicator", 41)


class Desk:
    """A person at a node's desk, in a browser of their own with a device that keeps passkeys."""

    def __init__(self, browser: Any, at: Party, url: str, name: str, *roles: str) -> None:
        self.url = url.replace("127.0.0.1", "localhost")
        words = [word for role in roles for word in ("--role", role)]
        code = at("account", "add", name, "--title", name.title(), *words)["code"]
        self.tab = Tab(browser)
        self.tab.with_authenticator()
        self.page = self.tab.page
        self.page.goto(f"{self.url}/begin")
        self.page.get_by_label("One-time code").fill(str(code))
        self.page.get_by_role("button", name="Go on").click()
        secret = pyotp.TOTP(str(self.page.locator("input[name=totp_secret]").input_value()))
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Six-digit code").fill(secret.now())
        self.page.get_by_role("button", name="Begin").click()
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("Six-digit code").fill(secret.at(time.time() + 30))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.url}/")

    def open(self, path: str) -> Any:
        """Go to a page."""
        self.page.goto(f"{self.url}/{path}")
        return self.page

    def add_passkey(self) -> None:
        """Add the device's passkey to the account."""
        self.open("account").get_by_label("Name of the new passkey").fill("Key on the ring")
        self.page.get_by_role("button", name="Add a passkey").click()
        self.page.get_by_role("rowheader", name="Key on the ring").wait_for()


@pytest.fixture
def browser() -> Iterator[Any]:
    with a_browser() as opened:
        yield opened


def test_a_file_is_taken_in_approved_by_a_second_person_and_seen_at_the_other_node(
    two: Two, browser: Any, tmp_path: Path
) -> None:
    for step in (meet, agree, sign_in):
        step(two)
    mara = Desk(browser, two.free, two.urls[FREE], "mara", "duty-officer", "releaser")
    tomas = Desk(browser, two.free, two.urls[FREE], "tomas", "approver")
    ilse = Desk(browser, two.ruri, two.urls[RURI], "ilse", "duty-officer")
    tomas.add_passkey()

    control = a_marking(40, definition_type="statement", definition={"statement": "ORCON"})
    beacon = an_object("indicator", 41, name="Grid beacon", object_marking_refs=[control["id"]])
    page = mara.open("take-in")
    page.get_by_label("Or paste it").fill(
        json.dumps({"type": "bundle", "id": "bundle--1", "objects": [control, beacon]})
    )
    page.locator("#default_tlp").select_option("amber")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state()
    picture(page, tmp_path / "1-preview.png")
    assert page.get_by_role("cell", name="new").count() == 2
    page.get_by_role("button", name="Take it in").click()

    page = mara.open(f"items/{BEACON}")
    assert page.locator("#why-ruritania-csirt").get_attribute("data-outcome") == "refused"
    page.get_by_text("Let a party have it").click()
    page.locator("#to").select_option(RURI)
    page.locator("form[action$=grant] textarea").fill("Their grid is next.")
    page.locator("form[action$=grant] button").click()
    page.wait_for_load_state()
    picture(page, tmp_path / "2-waits.png")
    assert page.get_by_role("button", name="Approve").count() == 0, "nobody approves what they asked for"
    assert mara.open(f"items/{BEACON}").locator("#why-ruritania-csirt").get_attribute("data-outcome") == "refused"

    page = tomas.open("")
    picture(page, tmp_path / "3-now.png")
    page.get_by_role("link", name=re.compile("act|Look|approve", re.IGNORECASE)).first.click()
    page.wait_for_load_state()
    assert "Their grid is next." in page.content()
    page.get_by_role("button", name="Approve with passkey").click()
    page.get_by_text("Done", exact=True).wait_for()
    picture(page, tmp_path / "4-approved.png")
    assert mara.open(f"items/{BEACON}").locator("#why-ruritania-csirt").get_attribute("data-outcome") == "goes"

    assert "Nothing found" in ilse.open("items?q=grid*").content()
    two.ruri.sync()
    page = ilse.open("items?q=grid*")
    page.get_by_role("link", name="Grid beacon").click()
    page.wait_for_load_state()
    picture(page, tmp_path / "5-arrived.png")
    assert "Freedonia" in page.content() and "AMBER" in page.content()
    for one in (mara, tomas, ilse):
        assert one.tab.complaints == []
