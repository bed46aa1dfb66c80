"""Visits the desk as a browser does, without one: keeps cookies, follows forms, says where it comes from."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import pyotp
from anyio.from_thread import BlockingPortal

from comity.api.app import TRIES, TRIES_WITHIN_MS
from comity.desk.actor import PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.begin_account import BeginRequest, begin_account
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.node_type import Node
from comity.desk.secrets import new_totp
from comity.taxii.door import Door
from comity.taxii.throttle import Throttle
from comity.values import Json
from comity.web.app import Site
from comity.web.door import DeskDoor
from tests.support.nodes import OFFICER, Freedonia, freedonia

PASSWORD = "plum river cabinet forty"
AT = "http://localhost:8700"


class Forms(HTMLParser):
    """The forms of a page: action and hidden or filled fields, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((said.get("action", ""), {}))
        elif tag in ("input", "textarea") and self.found and "name" in said:
            self.found[-1][1][said["name"]] = said.get("value", "")


class Visitor:
    """One browser. Requests come from the desk's own pages unless told otherwise."""

    def __init__(
        self, office: "Office", *, at: str = AT, peer: str = "127.0.0.1", says_site: bool = True, **headers: str
    ) -> None:
        self.hub, self.cookies = office.hub, httpx.Cookies()
        self._office, self._at, self._peer = office, at, peer
        self._headers = ({"sec-fetch-site": "same-origin"} if says_site else {}) | headers
        self.page = httpx.Response(200)

    def __call__(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; redirects are not followed."""
        said = {**self._headers, **(headers or {})}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._office.site, client=(self._peer, 50_000), raise_app_exceptions=True)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=self._at, cookies=self.cookies) as client:
                answer = await client.request(method, path, content=content, headers=said, params=params)
                self.cookies = client.cookies
                return answer

        self.page = self._office.portal.call(send)
        return self.page

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self("GET", path)

    def follow(self, path: str) -> httpx.Response:
        """Open a page, and those that it leads on to."""
        answer = self.get(path)
        while answer.status_code == 303:
            answer = self.get(answer.headers["location"])
        return answer

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        """Send a form."""
        named = {"content-type": "application/x-www-form-urlencoded"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self("POST", path, content=str(httpx.QueryParams(dict(fields))).encode(), headers=named)

    def fill(self, action: str, **fields: str) -> httpx.Response:
        """Fill in the form of the page that is open whose action ends so, and send it."""
        (target, there), *_ = [form for form in Forms(self.page.text).found if form[0].endswith(action)]
        return self.post(target, there | fields)

    def sign_in(self, account: "Account", *, password: str = PASSWORD) -> httpx.Response:
        """Sign in by name, password and the next code."""
        self.get("/sign-in")
        return self.fill("/sign-in", name=account.name, password=password, code=account.next_code())

    @property
    def csrf(self) -> str:
        """The token of the page that is open."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.page.text)
        assert found is not None
        return found[1]


class Account:
    """A person with an account: knows the name, the password and the authenticator."""

    def __init__(self, hub: Freedonia, name: str, secret: str) -> None:
        self.hub, self.name, self.secret = hub, name, secret

    def code(self, steps: int = 0) -> str:
        """The code that the authenticator shows, or will show."""
        return str(pyotp.TOTP(self.secret).at(int(self.hub.clock.now) // 1000 + 30 * steps))

    def next_code(self) -> str:
        """Wait for a code that was not used yet."""
        self.hub.later(30)
        return self.code()


class Office:
    """A node with its desk, and the people at it."""

    def __init__(self, hub: Freedonia, portal: BlockingPortal, site: Site | None = None) -> None:
        self.hub, self.portal, self.site = hub, portal, site or Site(hub.node)
        self.people: dict[str, Account] = {}

    def account(self, name: str, *roles: PersonRole, party: str | None = None) -> Account:
        """Give an account that its person has made theirs; of a guest, for a party: Northwind if none is named."""
        title = name.replace(".", " ").title()
        if "guest" in roles:
            party = party or "northwind-energy"
        request = AddAccountRequest(name=name, title=title, roles=roles or ("duty-officer",), party=party)
        invited = add_account(self.hub.node, OFFICER, request)
        secret = new_totp(self.hub.entropy)
        account = Account(self.hub, name, secret)
        asked = BeginRequest(
            code=invited.code,
            name=name,
            title=title,
            password=PASSWORD,
            totp_secret=secret,
            totp_code=account.code(),
        )
        begin_account(self.hub.node, asked, "127.0.0.1")
        self.people[name] = account
        return account

    def close(self, name: str) -> None:
        """Disable an account."""
        change_account(self.hub.node, OFFICER, ChangeAccountRequest(name=name, change="disable"))

    def visitor(self, **said: Any) -> Visitor:
        """Give a browser that nobody has signed in with."""
        return Visitor(self, **said)

    def signed_in(self, *roles: PersonRole, name: str = "mara.ellend", party: str | None = None) -> Visitor:
        """Give a browser in which a person with these roles is signed in."""
        visitor = self.visitor()
        assert visitor.sign_in(self.account(name, *roles, party=party)).status_code == 303
        return visitor

    def guest(self, party: str = "northwind-energy", name: str = "nora.wind") -> Visitor:
        """Give a browser in which a guest of a party is signed in."""
        return self.signed_in("guest", name=name, party=party)


@contextmanager
def an_office(folder: Path, **settings: Json) -> Iterator[Office]:
    """Give a node in memory with its desk."""
    with freedonia(folder, **settings) as hub, anyio.from_thread.start_blocking_portal() as portal:
        site = _site(hub.node)
        yield Office(hub, portal, site)
    if settings.get("in_memory", True):  # else a server may have had it
        _IDLE.setdefault(hub.node.settings.exercise, []).append(site)


_IDLE: dict[bool, list[Site]] = {}


def _site(node: Node) -> Site:
    """Give a site whose node is gone, with doors that begin anew; another would take a tenth of a second.

    All that it keeps between two requests is in its doors. That a node is an exercise is in its headers.
    """
    if not (idle := _IDLE.get(node.settings.exercise)):
        return Site(node)
    site = idle.pop()
    door: Door = site.taxii.state["door"]
    Door.__init__(door, node)
    DeskDoor.__init__(site.desk.state["door"], door)
    site.api.state["throttle"] = Throttle(TRIES, within_ms=TRIES_WITHIN_MS)
    return site
