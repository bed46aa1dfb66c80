"""Tests in the system's Chromium: binding an identity at a provider and signing in by it, under the page's policy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.desk.identity_providers import AddProviderRequest, add_provider
from tests.support.browser import PHONE, Tab, a_browser, picture
from tests.support.desk import PASSWORD, Account, an_office
from tests.support.identity_provider import CLIENT, SECRET, identity_provider
from tests.support.nodes import OFFICER
from tests.support.taxii import served

Desk = tuple[Account, str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with a_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Desk]:
    """A node that knows an identity provider on loopback, served, with a person at it."""
    folder = tmp_path_factory.mktemp("ministry")
    with (
        an_office(folder, in_memory=False, outbound_networks=["127.0.0.0/8"]) as office,
        identity_provider(lambda: int(office.hub.clock.now) // 1000) as provider,
    ):
        asked = AddProviderRequest(
            name="ministry", title="Foreign Ministry", issuer=provider.url, client_id=CLIENT, secret=SECRET
        )
        add_provider(office.hub.node, OFFICER, asked)
        account = office.account("mara.ellend", "administrator", "analyst")
        with served(office.site) as url:
            yield account, url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("scripts", [False, True])
def test_an_identity_is_bound_signs_in_and_is_removed(desk: Desk, browser: Any, tmp_path: Path, scripts: bool) -> None:
    account, url = desk
    tab = Tab(browser, java_script_enabled=scripts)
    page = tab.page
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill(account.name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(account.next_code())
    page.locator("form[action$=sign-in] button").click()
    page.goto(f"{url}/administration/providers")
    picture(page, tmp_path / "providers.png")
    page.goto(f"{url}/account")
    page.get_by_role("button", name="Bind an identity at Foreign Ministry").click()
    page.wait_for_load_state()
    picture(page, tmp_path / "leave.png")
    page.get_by_role("link", name="Go on to ministry").click()
    page.get_by_role("heading", name="Is this you?").wait_for()
    assert "Mara E. at the ministry" in page.content()
    picture(page, tmp_path / "found.png")
    page.get_by_role("button", name="Yes, bind it").click()
    page.get_by_role("rowheader", name="Foreign Ministry").wait_for()
    picture(page, tmp_path / "account.png")
    page.get_by_role("button", name="Sign out", exact=True).click()

    page.goto(f"{url}/sign-in?next=/account")
    picture(page, tmp_path / "sign-in.png")
    page.get_by_role("link", name="Sign in with Foreign Ministry").click()
    page.wait_for_url(f"{url}/account")
    assert page.get_by_text("identity provider", exact=True).is_visible()
    picture(page, tmp_path / "by-provider.png")
    page.get_by_role("link", name="Sign in again").first.click()
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(account.next_code())
    page.locator("form[action$=sign-in] button").click()
    page.wait_for_url(f"{url}/account")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("No identity").wait_for()
    assert tab.complaints == []


@pytest.mark.parametrize("said", [{"viewport": PHONE}, {"locale": "ar-XB"}, {"color_scheme": "dark"}])
def test_the_pages_fit(desk: Desk, browser: Any, said: dict[str, Any], tmp_path: Path) -> None:
    account, url = desk
    tab = Tab(browser, **said)
    page = tab.page
    page.goto(f"{url}/sign-in")
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(account.next_code())
    page.locator("form[action$=sign-in] button").click()
    for path in ("/account", "/administration/providers", "/administration/audit", "/sign-in?again=1"):
        page.goto(url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        picture(page, tmp_path / f"{path.strip('/').replace('/', '-')[:20]}.png")
    assert tab.complaints == []
