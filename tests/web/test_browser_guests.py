"""Drives a guest's day in the system's Chromium, without scripts: reading, answering, submitting, taking back."""

import json
from pathlib import Path

import pytest

from tests.support.browser import PHONE, Tab, enter, picture
from tests.support.busy_desk import a_busy_desk
from tests.support.desk_story import REPORT
from tests.support.nodes import an_id, an_object


@pytest.mark.parametrize("said", [{}, {"viewport": PHONE, "color_scheme": "dark"}], ids=["wide", "dark-phone"])
def test_a_guest_reads_answers_submits_and_takes_back(tmp_path: Path, said: dict[str, object]) -> None:
    with a_busy_desk(tmp_path / "node") as (browser, office, url):
        tab = Tab(browser, java_script_enabled=False, **said)
        page = tab.page
        enter(tab, office.people["nora.wind"], url)
        assert page.locator("h1").inner_text() == "One thing awaits your party's answer."
        picture(page, tmp_path / "now.png")

        page.locator("details summary").first.click()
        page.locator("input[name=level][value=accepted]").check()
        page.locator("input[name=by]").fill("Control room, Northwind")
        page.get_by_role("button", name="Record this answer").click()
        assert page.locator("h1").inner_text() == "Nothing awaits your party's answer."

        page.goto(f"{url}/guest/items")
        page.locator("#q").fill("nine substations")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name="Ransomware in grid control").click()
        assert page.url == f"{url}/guest/items/{REPORT}"
        assert page.get_by_text("recorded by the serving node, unsigned by the party").count() == 1
        picture(page, tmp_path / "item.png")

        page.goto(f"{url}/guest/submissions")
        bundle = {
            "type": "bundle",
            "id": "bundle--1",
            "objects": [an_object("tool", 90, name="Ours"), {"type": "tool"}],
        }
        page.locator("#pasted").fill(json.dumps(bundle))
        page.get_by_role("button", name="Submit").click()
        assert page.locator("h1").inner_text() == "1 of 2 objects are kept"
        page.goto(f"{url}/guest/submissions")
        page.locator("#id").fill(an_id("tool", 90))
        page.get_by_role("button", name="Take it back").click()
        assert page.get_by_text("Taken back.").count() == 1
        with page.expect_download() as download:
            page.goto(f"{url}/guest/items")
            page.get_by_role("link", name="Keep all of it as a bundle of STIX").click()
        assert download.value.suggested_filename == "exercise-released.json"
        assert json.loads(Path(download.value.path()).read_text())["objects"] == office.hub.objects("northwind-energy")
        answered = page.goto(f"{url}/items")
        assert answered.status == 404
        assert [one for one in tab.complaints if "404" not in one] == []
        tab.context.close()
