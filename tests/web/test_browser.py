"""Tests in the system's Chromium: signing in with and without scripts, passkeys, no complaint of the page's policy."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from comity.desk.run_intake import PART_OBJECTS, run_intake
from comity.desk.run_jobs import do_next
from comity.web.take_in_pages import MOST_AT_ONCE
from tests.desk.test_run_intake import GOES_ON, EndsAfter, leased
from tests.support.browser import PHONE, Tab, a_browser, enter, picture
from tests.support.command import a_node, serving
from tests.support.desk import PASSWORD, Account, Office, an_office
from tests.support.desk_story import REPORT, busy
from tests.support.mails import a_mail, a_pdf
from tests.support.nodes import an_id, an_object
from tests.support.taxii import served


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with a_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[tuple[str, str]]:
    """A served node: the address of its desk and the code for the first account."""
    folder = tmp_path_factory.mktemp("desk")
    with serving(a_node(folder / "node", "Freedonia CSIRT")) as server:
        assert server.founding is not None
        yield server.url.replace("127.0.0.1", "localhost"), server.founding["code"]


@pytest.fixture(scope="module")
def secret(desk: tuple[str, str], browser: Any) -> str:
    """The authenticator of the first account, made without scripts."""
    address, code = desk
    tab = Tab(browser, java_script_enabled=False)
    page = tab.page
    page.goto(f"{address}/begin")
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Go on").click()
    made = str(page.locator("input[name=totp_secret]").input_value())
    page.get_by_label("Your name").fill("Mara Ellend")
    page.get_by_label("Name to sign in with").fill("mara.ellend")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Six-digit code").fill(pyotp.TOTP(made).now())
    page.get_by_role("button", name="Begin").click()
    assert page.url == f"{address}/sign-in"
    return made


def sign_in(tab: Tab, address: str, secret: str, steps: int) -> None:
    page = tab.page
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill("mara.ellend")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Six-digit code").fill(pyotp.TOTP(secret).at(time.time() + 30 * steps))
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_and_signs_in_without_password(desk: tuple[str, str], secret: str, browser: Any) -> None:
    address, _ = desk
    tab = Tab(browser)
    tab.with_authenticator()
    sign_in(tab, address, secret, 1)
    page = tab.page
    assert page.url == f"{address}/"
    page.goto(f"{address}/account")
    page.get_by_label("Name of the new passkey").fill("Virtual key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("rowheader", name="Virtual key").wait_for()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{address}/sign-in")
    page.get_by_role("button", name="Continue with passkey").click()
    page.wait_for_url(f"{address}/")
    assert tab.complaints == []


def test_a_device_without_a_passkey_is_told_so_in_words(desk: tuple[str, str], browser: Any) -> None:
    tab = Tab(browser)
    tab.with_authenticator()
    tab.page.goto(f"{desk[0]}/sign-in")
    tab.page.get_by_role("button", name="Continue with passkey").click()
    tab.page.get_by_text("The passkey was refused").wait_for()


def test_without_scripts_the_page_says_what_needs_them(desk: tuple[str, str], browser: Any) -> None:
    page = Tab(browser, java_script_enabled=False).page
    page.goto(f"{desk[0]}/sign-in")
    assert page.get_by_text("Passkeys need scripts").is_visible()
    assert not page.get_by_role("button", name="Continue with passkey").is_visible()
    assert page.get_by_role("button", name="Sign in").is_visible()


@pytest.mark.parametrize("said", [{"viewport": PHONE}, {"locale": "ar-XB"}, {"color_scheme": "dark"}])
def test_pages_fit_a_phone_either_direction_and_the_dark(
    desk: tuple[str, str], browser: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    tab = Tab(browser, **said)
    for path in ("/sign-in", "/begin", "/nothing"):
        tab.page.goto(desk[0] + path)
        wide = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        picture(tab.page, tmp_path / f"{path.strip('/')}.png")
    assert [line for line in tab.complaints if "404" not in line] == []


@pytest.fixture(scope="module")
def busy_desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[tuple[Office, Account, str]]:
    """A node on a busy day of an exercise, served, with a person at it."""
    folder = tmp_path_factory.mktemp("busy")
    with an_office(folder, in_memory=False, exercise=True) as office:
        busy(office.hub)
        account = office.account("mara.ellend", "duty-officer", "releaser")
        with served(office.site) as url:
            yield office, account, url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("said", [{}, {"viewport": PHONE}, {"color_scheme": "dark"}], ids=["wide", "phone", "dark"])
def test_every_page_fits_says_exercise_and_complains_of_nothing(
    busy_desk: tuple[Office, Account, str], browser: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    _, account, url = busy_desk
    tab = Tab(browser, **said)
    enter(tab, account, url)
    items = ("items?q=locker*", f"items/{REPORT}", f"items/{REPORT}/for/ruritania-csirt")
    release = ("release", "release/to/ruritania-csirt", "release/what-if")
    for path in ("", "quarantine", *items, "take-in", *release, "agreements", "peers", "account"):
        tab.page.goto(f"{url}/{path}")
        wide = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        assert tab.page.locator(".exercise").is_visible()
        assert tab.page.locator("h1").count() == 1
        picture(tab.page, tmp_path / f"{path.partition('?')[0].replace('/', '-') or 'now'}.png")
    assert tab.complaints == []


def test_by_keyboard_one_gets_past_the_head_to_the_content(
    busy_desk: tuple[Office, Account, str], browser: Any
) -> None:
    _, account, url = busy_desk
    tab = Tab(browser)
    enter(tab, account, url)
    tab.page.bring_to_front()
    tab.page.wait_for_load_state("load")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    tab.page.keyboard.press("Enter")
    assert tab.page.url.endswith("#main")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent.trim()") == "Look at 2 inputs held in quarantine"
    outline = tab.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"


def test_a_file_is_taken_in_after_its_preview_without_scripts(
    busy_desk: tuple[Office, Account, str], browser: Any
) -> None:
    office, account, url = busy_desk
    tab = Tab(browser, java_script_enabled=False)
    enter(tab, account, url)
    page = tab.page
    page.get_by_role("link", name="Take in").click()
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [an_object("indicator", 900, name="fresh")]})
    page.set_input_files("#file", {"name": "drop.json", "mimeType": "application/json", "buffer": body.encode()})
    page.get_by_label("What is unmarked counts as").select_option("green")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name="One object would come, of 1").is_visible()
    assert page.get_by_text("example-agreement/4(1)").is_visible()
    page.get_by_role("button", name="Take it in").click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name="Taken in: one new object").is_visible()
    assert an_id("indicator", 900) in office.hub.ids("ruritania-csirt")


@pytest.mark.parametrize("said", [{}, {"viewport": PHONE}, {"locale": "ar-XB"}], ids=["wide", "phone", "right to left"])
def test_a_tables_columns_are_corrected_then_its_rows_taken_in_without_scripts(
    busy_desk: tuple[Office, Account, str], browser: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    _, account, url = busy_desk
    tab = Tab(browser, java_script_enabled=False, **said)
    enter(tab, account, url)
    page = tab.page
    page.goto(f"{url}/take-in")
    head = "Kind,Indicator,First seen,Marking,Comment,Sensor\n"
    rows = (
        "ip,198.51.100[.]7,2031-02-11 08:30:00,amber,Control server of the grid intrusion at Northwind Energy,s-17\n"
        "hostname,locker-update[.]example,2031-02-12,green,Serves the second stage,s-17\n"
        "url,hxxps://locker-update[.]example/pay?id=7,,,Ransom page,s-3\n"
        "sha256,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,,amber,=HYPERLINK(1),s-3\n"
        "domain,not a domain,,,,s-3\n"
        "ip,203.0.113.9,,mauve,,s-3\n"
    )
    page.set_input_files("#file", {"name": "locker.csv", "mimeType": "text/csv", "buffer": (head + rows).encode()})
    page.locator("main form button").click()
    page.wait_for_load_state()
    assert page.locator("#value").input_value() == "#2" and page.locator("#tlp").input_value() == "#4"
    assert page.locator("input[name=header]").is_checked()
    _fits(page, tmp_path / "columns.png")
    page.locator("#labels").select_option("#6")
    page.locator("main form button").click()
    page.get_by_text("203.0.113.9").wait_for()
    assert page.get_by_text("row 7").count() == 1
    _fits(page, tmp_path / "preview.png")
    page.locator("main form button").nth(1).click()
    page.wait_for_load_state()
    assert page.locator("#labels").input_value() == "#6"
    page.locator("main form button").click()
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    _fits(page, tmp_path / "taken.png")
    assert page.locator("tbody th a").count() == 4
    assert tab.complaints == []


@pytest.mark.parametrize("said", [{}, {"viewport": PHONE}], ids=["wide", "phone"])
def test_of_a_mail_indicators_are_chosen_without_scripts(
    busy_desk: tuple[Office, Account, str], browser: Any, said: dict[str, Any], tmp_path: Path
) -> None:
    _, account, url = busy_desk
    tab = Tab(browser, java_script_enabled=False, **said)
    enter(tab, account, url)
    page = tab.page
    page.goto(f"{url}/take-in")
    attached = (("report.pdf", "application/pdf", a_pdf("asks pdf.example")), ("x.bin", "application/x", b"1"))
    body = a_mail(attached=attached)
    page.set_input_files("#file", {"name": "locker.eml", "mimeType": "message/rfc822", "buffer": body})
    page.locator("main form button").click()
    page.wait_for_load_state()
    _fits(page, tmp_path / "mail.png")
    page.get_by_label("locker-update.exe").uncheck()
    page.get_by_label("update.zip").check()
    page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state()
    _fits(page, tmp_path / "preview.png")
    assert page.get_by_text("locker-update.exe").count() == 0 and page.get_by_text("update.zip").count() == 1
    assert tab.complaints == []


def _fits(page: Any, kept: Path) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    picture(page, kept)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_big_file_is_taken_in_while_its_page_says_how_far_it_is(
    tmp_path: Path, browser: Any, *, scripts: bool
) -> None:
    objects = [an_object("indicator", n, name=f"Server {n}") for n in range(2 * MOST_AT_ONCE)]
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()
    with an_office(tmp_path, in_memory=False) as office, served(office.site) as url:
        tab = Tab(browser, java_script_enabled=scripts)
        enter(tab, office.account("mara.ellend", "duty-officer"), url.replace("127.0.0.1", "localhost"))
        page = tab.page
        page.get_by_role("link", name="Take in").click()
        page.set_input_files("#file", {"name": "big.json", "mimeType": "application/json", "buffer": body})
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Take it in").click()
        page.get_by_role("heading", name="Being read").wait_for()
        run_intake(office.hub.node, leased(office.hub), EndsAfter(1))
        page.get_by_role("heading", name=f"Being taken in: {PART_OBJECTS} of {len(objects)} objects").wait_for()
        shown = page.get_by_role("progressbar", name="How far it is")
        assert shown.evaluate("(bar) => bar.value / bar.max") == PART_OBJECTS / len(objects)
        picture(page, tmp_path / "take-in-run.png")
        page.goto(f"{page.url.partition('/take-in')[0]}/take-in")  # it goes on without its page
        assert do_next(office.hub.node, GOES_ON)
        page.get_by_role("link", name="big.json").click()
        page.get_by_role("heading", name=f"Taken in: {len(objects)} new objects").wait_for()
        page.get_by_role("link", name="See what became of it").click()
        page.get_by_role("link", name="Server 0").wait_for()
        assert tab.complaints == []
