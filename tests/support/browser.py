"""Drives the system's Chromium: pages of a desk that is served for real, with a virtual authenticator for passkeys."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import PASSWORD, Account

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Give the browser's path, or skip the test."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install the system's package `chromium`")
    return found


@contextmanager
def a_browser() -> Iterator[Any]:
    """Give a browser; it reaches this machine alone."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Root's browser has no sandbox of its own; names beyond this machine lead nowhere.
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", rules])
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """One page of a browser of its own; what its console says against the page is kept."""

    def __init__(self, browser: Any, **said: Any) -> None:
        self.context = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **said})
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("dialog", lambda dialog: (self.complaints.append("a dialog opened"), dialog.dismiss()))

    def with_authenticator(self) -> None:
        """Plug a device in that verifies its user and keeps passkeys."""
        said = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session = self.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": said})


def picture(page: Any, path: Path) -> None:
    """Keep a picture of the whole page for people to look at; nothing is decided by it.

    A browser on a busy machine now and then draws no frame for a page of several, and then gives no picture for as long
    as one waits: the page is brought to the front and asked once more, and a picture that does not come is said.
    """
    from playwright.sync_api import TimeoutError as Late

    for _ in range(2):
        page.bring_to_front()
        try:
            page.screenshot(path=path, full_page=True, timeout=15_000)
        except Late:
            continue
        return
    print(f"no picture came of {page.url}: {path.name}")


def enter(tab: Tab, account: Account, url: str) -> None:
    """Sign in by password and code."""
    page = tab.page
    page.goto(f"{url}/sign-in")
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(account.next_code())
    page.locator("form[action$=sign-in] button").click()
    assert page.url in (f"{url}/", f"{url}/guest")
