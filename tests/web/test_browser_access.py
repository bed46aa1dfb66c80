"""Tests by axe-core in the system's Chromium that no page shuts anybody out: light and dark, on a phone and wide."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import PHONE, Tab, enter
from tests.support.busy_desk import PAGES, a_busy_desk
from tests.support.desk import Office

WAYS: dict[str, dict[str, Any]] = {
    "wide": {},
    "phone": {"viewport": PHONE},
    "dark": {"color_scheme": "dark"},
    "dark-phone": {"viewport": PHONE, "color_scheme": "dark"},
}
LOOKED_AT = {"": ("sign-in", "begin"), **PAGES}
NO_PAGES = {  # bytes, files, streams, and ways that lead on at once
    *("/events", "/take-in/runs/{run}/events", "/items/{item_id}/bytes", "/static/{digest}/{name}"),
    *("/sign-in/from/{name}", "/sign-in/with/{name}"),
    *("/guest/bundle", "/guest/items/{item_id}/bytes"),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Office, str]]:
    """A busy desk, served."""
    with a_busy_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


def found_on(tab: Tab, address: str) -> list[str]:
    """What axe-core finds on a page that is serious or critical: page, rule and the element."""
    answered = tab.page.goto(address)
    assert address.startswith("file:") or answered.status == (404 if address.endswith("/nothing") else 200), address
    # By the debugger's hand, which the page's policy does not bind; the page itself stays as it is served.
    tab.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    answer = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(answer["passes"]) > 5, "it looked at hardly anything"
    return [
        f"{address}: {rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:240]}"
        for rule in answer["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_serious_on_any_page(desk: tuple[Any, Office, str], way: str) -> None:
    browser, office, url = desk
    found: list[str] = []
    for who, paths in LOOKED_AT.items():
        tab = Tab(browser, **WAYS[way])
        if who:
            enter(tab, office.people[who], url)
        for path in paths:
            found += found_on(tab, f"{url}/{path}")
        tab.context.close()
    assert found == []


def test_no_page_was_forgotten(desk: tuple[Any, Office, str]) -> None:
    _, office, _ = desk
    looked_at = [f"/{path.partition('?')[0]}" for paths in LOOKED_AT.values() for path in paths]
    pages = {route.path_format for route in office.site.desk.routes if "GET" in getattr(route, "methods", ())}
    for path in pages - NO_PAGES:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
        assert any(re.fullmatch(pattern, one) for one in looked_at), path


def test_axe_sees_what_is_wrong(desk: tuple[Any, Office, str], tmp_path: Path) -> None:
    """Else a clean answer would say nothing."""
    browser, _, _ = desk
    bad = tmp_path / "bad.html"
    rows = "".join(f"<p style='color:#ccc;background:#fff'>pale {n}</p>" for n in range(3))
    bad.write_text(f"<!doctype html><html lang=en><title>x</title><main><h1>x</h1>{rows}<input></main></html>")
    rules = {line.split(": ")[1] for line in found_on(Tab(browser), bad.as_uri())}
    assert rules >= {"color-contrast", "label"}
