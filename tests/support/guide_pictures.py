"""Plays the day that the guides' pictures show, and takes them: parts of pages, as WebP by the browser."""

import base64
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from comity.desk.grant_release import GrantReleaseRequest
from tests.support.browser import Tab, enter
from tests.support.desk import Office
from tests.support.desk_story import AGREEMENT, REPORT, busy
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.two import asked

FOLDER = Path(__file__).parents[2] / "docs/guides/pictures"
INDEX = "pictures.toml"
MOST_BYTES, MOST_BYTES_IN_ALL = 60_000, 1_000_000
_VIEW, _HIGHEST = {"width": 1060, "height": 720}, 720
TABLE = (
    "Kind,Indicator,First seen,Marking,Comment\n"
    "ip,198.51.100[.]7,2031-02-11 08:30:00,green,Control server of the grid intrusion at Northwind Energy\n"
    "hostname,locker-update[.]example,2031-02-12,green,Serves the second stage\n"
    "url,hxxps://locker-update[.]example/pay?id=7,,green,Ransom page\n"
    "domain,not a domain,,,\n"
)
PEOPLE: dict[str, tuple[Any, ...]] = {
    "mara.ellend": ("duty-officer", "releaser"),
    "tomas.weyl": ("approver",),
    "ilse.noor": ("diplomat",),
    "jonas.reth": ("legal-adviser",),
    "ada.brandt": ("administrator",),
    "otto.ran": ("auditor",),
}


class Picture(NamedTuple):
    """One picture: whose page, how one comes there from the first page, and the part of it that is shown."""

    name: str
    who: str
    go: Callable[[Any, str], None]
    part: str = "body"


def _at(path: str) -> Callable[[Any, str], None]:
    return lambda page, url: page.goto(f"{url}/{path}") and None


def _offered(page: Any, url: str, name: str, mime: str, body: bytes) -> None:
    page.goto(f"{url}/take-in")
    page.set_input_files("#file", {"name": name, "mimeType": mime, "buffer": body})
    page.get_by_role("button", name="Preview").click()


def _preview(page: Any, url: str) -> None:
    objects = [an_object("indicator", n, name=name) for n, name in ((901, "Grid beacon"), (902, "Ransom page"))]
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [*objects, {"type": "report"}]})
    page.goto(f"{url}/take-in")
    page.locator("#default_tlp").select_option("green")
    page.locator("#pasted").fill(body)
    page.get_by_role("button", name="Preview").click()


def _columns(page: Any, url: str) -> None:
    _offered(page, url, "locker.csv", "text/csv", TABLE.encode())


def _rows(page: Any, url: str) -> None:
    _columns(page, url)
    page.locator("main form button").first.click()


def _what_if(page: Any, url: str) -> None:
    page.goto(f"{url}/release/what-if")
    page.locator("#pasted").fill(AGREEMENT.replace('"green"', '"amber"', 1))
    page.locator("main form button").first.click()


PICTURES = (
    Picture("now", "mara.ellend", _at("")),
    Picture("preview", "mara.ellend", _preview, "main"),
    Picture("who-has-it", "mara.ellend", _at(f"items/{REPORT}"), "section:has(> .part-head > #who)"),
    Picture("approve", "tomas.weyl", _at("acts/1"), "main"),
    Picture("agreement", "ilse.noor", _at("agreements/example-agreement"), "main"),
    Picture("release", "ilse.noor", _at("release"), "main"),
    Picture("why", "jonas.reth", _at(f"items/{REPORT}"), "section:has(> .part-head > #why)"),
    Picture("may-have", "jonas.reth", _at("release/to/ruritania-csirt"), "main"),
    Picture("what-if", "jonas.reth", _what_if, "main"),
    Picture("columns", "mara.ellend", _columns, "main"),
    Picture("rows", "mara.ellend", _rows, "main"),
    Picture("peers", "ada.brandt", _at("peers"), "main"),
    Picture("users", "ada.brandt", _at("administration/users"), "main"),
    Picture("doctor", "ada.brandt", _at("administration/doctor"), "main"),
    Picture("audit", "otto.ran", _at("administration/audit"), "main"),
)


def play(office: Office) -> None:
    """Bring the node to the day of the pictures."""
    busy(office.hub, an_object("indicator", 50, name="Beacon of the grid intrusion"))
    office.hub.put(an_object("indicator", 51, name="Their server"), tlp="amber")
    for name, roles in PEOPLE.items():
        office.account(name, *roles)
    wish = GrantReleaseRequest(
        ids=(an_id("indicator", 51),), to=("ruritania-csirt",), reason="They handle the same case."
    )
    assert asked(office.hub, OFFICER, "release grant", wish) == 1


def taken(browser: Any, office: Office, url: str) -> Iterator[tuple[str, str, bytes]]:
    """Give each picture: its name, the title of the page that it shows, and the picture."""
    tabs: dict[str, Tab] = {}
    for one in PICTURES:
        if one.who not in tabs:
            tabs[one.who] = Tab(browser, viewport=_VIEW)
            enter(tabs[one.who], office.people[one.who], url)
        page = tabs[one.who].page
        page.bring_to_front()
        one.go(page, url)
        page.wait_for_load_state("load")
        yield one.name, page.locator("h1").inner_text(), _shot(tabs[one.who], one.part)


def _shot(tab: Tab, part: str) -> bytes:
    box = tab.page.locator(part).first.bounding_box()
    assert box is not None, f"no {part} on {tab.page.url}"
    clip = {name: box[name] for name in ("x", "y", "width")} | {"height": min(box["height"], _HIGHEST), "scale": 1}
    said = {"format": "webp", "quality": 60, "clip": clip, "captureBeyondViewport": True}
    answer = tab.context.new_cdp_session(tab.page).send("Page.captureScreenshot", said)
    return base64.b64decode(answer["data"])


def write(found: dict[str, tuple[str, bytes]]) -> None:
    """Put pictures and the titles of their pages where the guides name them."""
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.webp"):
        stale.unlink()
    for name, (_, body) in found.items():
        (FOLDER / f"{name}.webp").write_bytes(body)
    head = "# The titles of the pages when the pictures were taken; made by `make pictures`, do not edit.\n"
    lines = (f"{json.dumps(name)} = {json.dumps(title, ensure_ascii=False)}\n" for name, (title, _) in found.items())
    (FOLDER / INDEX).write_text(head + "".join(lines), encoding="utf-8")


def titles() -> dict[str, str]:
    """Give the titles that the committed pictures show."""
    return dict(tomllib.loads((FOLDER / INDEX).read_text(encoding="utf-8")))
