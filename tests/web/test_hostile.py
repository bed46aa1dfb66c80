"""Tests that hostile text is shown as text, wherever it comes from; in a browser, that nothing of it runs."""

import html
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.stores import alarming, directory
from tests.support.browser import Tab, a_browser
from tests.support.desk import PASSWORD, Office, Visitor, an_office
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.taxii import served

_PARTS = [
    "<script>{}</script>",
    "<img src=x onerror={}>",
    '"><svg onload={}>',
    "' onmouseover={} '",
    "<iframe srcdoc='<script>{}</script>'>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "<a href=javascript:{}>x</a>",
    "<details open ontoggle={}>",
    "<math><mtext></p><img src=x onerror={}>",
    "{{{{7*7}}}}{}",
    "{{% raw %}}{}",
    "${{{}}}",
    "<!--{}-->",
    "]]><script>{}</script>",
    "\\u003cscript>{}</script>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "<style>*{{background:url(javascript:{})}}</style>",
    "<base href=//evil.example/>{}",
    "<meta http-equiv=refresh content='0;url=//evil.example/{}'>",
    "<form action=//evil.example><button>{}</button>",
    "<link rel=stylesheet href=//evil.example/{}>",
    "\u202e{}\u2066",
    "<x onfocus={} autofocus tabindex=1>",
    "\x1b[31m{}",
    "<svg><animate onbegin={} attributeName=x>",
]
_WORK = [
    "alert(1)",
    "alert`1`",
    "document.title='gone'",
    "fetch('//evil.example')",
    "top.location='//evil.example'",
    "window.canary=1",
]
HOSTILE = [part.format(work) for part in _PARTS for work in _WORK]
PATHS = (
    *(f"/items/{an_id('report', number)}" for number in (0, 70, 155)),
    *(f"/items/{an_id('report', number)}/for/ruritania-csirt" for number in (0, 70, 155)),
    *("/release", "/release/to/ruritania-csirt", "/release/to/northwind-energy", "/release/what-if"),
    *("/items?q=%3C*", "/", "/peers", "/quarantine", "/agreements", "/agreements/hostile", "/account"),
)
OWN_TAGS = frozenset(
    """html head meta title link script body a div strong span header svg path p b button form label input time nav ul
    li main h1 h2 h3 section table thead tbody tr th td footer bdi rect circle text figure figcaption ol aside cite q
    code dl dt dd blockquote details summary pre br small select option del ins textarea fieldset legend""".split()
)


def filled(office: Office) -> None:
    assert len(HOSTILE) >= 150 and len(set(HOSTILE)) == len(HOSTILE)
    hub = office.hub
    objects = [
        an_object("report", n, name=words, description=words, object_refs=[an_id("malware", n)], labels=[words])
        for n, words in enumerate(HOSTILE)
    ]
    objects += [an_object("malware", n, name=words) for n, words in enumerate(HOSTILE)]
    hub.put(*objects)
    hub.put(*[{"type": "report", words: 1} for words in HOSTILE[:20]])
    title = "<script>alert(1)</script>"
    text = (
        f'id = "hostile"\ntitle.en = "{title}"\nparties = ["freedonia-csirt", "ruritania-csirt"]\n'
        'in_force_from = 2031-01-01\n[[clause]]\narticle = "1"\nkind = "share"\ntlp_at_most = "green"\n'
        f'text.en = "{title}"\n'
    )
    add_agreement(hub.node, OFFICER, AddAgreementRequest(text=text.encode()))
    with hub.node.store.write() as tx:
        party = directory.party_named(tx, "ruritania-csirt")
        assert party is not None
        for words in HOSTILE[:30]:
            alarming.raise_alarm(tx, party.no, words, words, hub.clock.now, None)
        tx.exec_driver_sql("update parties set title = '<img src=x onerror=alert(1)>' where name = 'northwind-energy'")
        tx.exec_driver_sql("update accounts set title = '<svg onload=alert(1)>'")


class Parts(HTMLParser):
    """The tags and attributes of a page, as a browser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def check_inert(page: str) -> None:
    """Find no tag, attribute or address that is not the desk's own, and no template sign that was carried out."""
    parts = Parts(page)
    assert parts.tags <= OWN_TAGS, parts.tags - OWN_TAGS
    for name, value in parts.attributes:
        assert not name.startswith("on") and name not in ("style", "srcdoc", "http-equiv", "ping"), name
        if name in ("href", "src", "action", "formaction"):
            assert value.startswith(("/", "#", "?")) and not value.startswith("//"), value
    assert page.count("<script") == page.count('<script src="/static/')


def test_hostile_text_is_text_on_every_page(office: Office) -> None:
    visitor: Visitor = office.signed_in("duty-officer", "analyst")
    filled(office)
    shown = 0
    for number, words in enumerate(HOSTILE):
        answer = visitor.get(f"/items/{an_id('report', number)}")
        assert answer.status_code == 200
        check_inert(answer.text)
        plain = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
        shown += plain in html.unescape(answer.text)
    assert shown == len(HOSTILE)
    for path in PATHS:
        answer = visitor.get(path)
        assert answer.status_code == 200
        check_inert(answer.text)


@pytest.mark.parametrize("words", HOSTILE[::6])
def test_hostile_questions_are_text_too(office: Office, words: str) -> None:
    visitor = office.signed_in("analyst")
    for path in ("/items", "/sign-in", "/begin"):
        check_inert(visitor("GET", path, params={"q": words, "type": words, "next": words}).text)
    visitor.get("/sign-in")
    stranger = office.visitor()
    stranger.get("/sign-in")
    check_inert(stranger.fill("/sign-in", name=words, password=words, code=words, next=words).text)
    stranger.get("/begin")
    check_inert(stranger.fill("/begin", code=words).text)


def test_in_a_browser_nothing_of_it_runs(tmp_path: Path) -> None:
    with a_browser() as browser, an_office(tmp_path, in_memory=False) as office:
        account = office.account("mara.ellend", "duty-officer", "analyst")
        filled(office)
        with served(office.site) as url:
            run(browser, url.replace("127.0.0.1", "localhost"), account.next_code())


def run(browser: Any, url: str, code: str) -> None:
    tab = Tab(browser)
    page = tab.page
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill("mara.ellend")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Six-digit code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{url}/"
    for number in range(0, len(HOSTILE), 3):
        page.goto(f"{url}/items/{an_id('report', number)}")
        assert page.evaluate("[window.canary, document.title.includes('gone'), location.host]") == [
            None,
            False,
            url[7:],
        ]
    for path in PATHS:
        page.goto(url + path)
        assert page.evaluate("[window.canary, location.host]") == [None, url[7:]]
    assert tab.complaints == []
