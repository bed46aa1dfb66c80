"""Tests who a visitor is taken for and what they may ask for."""

import logging

import msgspec
import pytest
from litestar.types import Message

from comity.desk.node_status import StatusAnswer
from comity.desk.search_items import ItemsFound, SearchItemsRequest
from comity.desk.sessions import Person
from comity.errors import NotPermitted
from comity.values import Instant
from comity.web.addresses import Base
from comity.web.visit import Visit, cookie_name
from tests.support.desk import Office


def visit_of(office: Office, *roles: str) -> Visit:
    person = Person(
        no=1,
        name="mara",
        title="Mara",
        roles=roles,  # type: ignore[arg-type]
        method="password",
        since=Instant(0),
        until=Instant(0),
        session=b"one",
    )
    return Visit(office.site.desk.state["door"], Base("http://localhost", ""), "127.0.0.1", "en", person)


def test_a_verb_is_asked_for_in_a_role_that_opens_it(office: Office) -> None:
    visit = visit_of(office, "directory-officer", "analyst")
    assert visit.opens("item search") and not visit.opens("account add")
    found = office.portal.call(visit.ask, "item search", SearchItemsRequest(value="x"), ItemsFound)
    assert found.items == ()


@pytest.mark.parametrize("role", ["auditor", "operator", "administrator", "directory-officer"])
def test_content_is_closed_to_those_who_run_the_node(office: Office, role: str) -> None:
    with pytest.raises(NotPermitted):
        office.portal.call(visit_of(office, role).ask, "item search", SearchItemsRequest(value="x"), ItemsFound)


def test_nobody_asks_for_nothing(office: Office) -> None:
    stranger = visit_of(office)._replace(person=None)
    assert stranger.csrf == "" and stranger.roles == ()
    with pytest.raises(NotPermitted):
        office.portal.call(stranger.ask, "item search", SearchItemsRequest(value="x"), StatusAnswer)


def test_the_token_of_a_form_is_of_its_session_and_node(office: Office) -> None:
    mine = visit_of(office)
    assert mine.person is not None
    other = mine._replace(person=msgspec.structs.replace(mine.person, session=b"two"))
    assert mine.csrf and mine.csrf != other.csrf


def test_over_tls_the_cookie_is_bound_to_this_host() -> None:
    assert cookie_name(Base("https://desk.example", "")) == "__Host-comity"
    assert cookie_name(Base("http://localhost:8700", "")) == "comity"


@pytest.mark.parametrize("path", ["/sign-in", "/begin", "/passkeys/sign-in"])
def test_a_form_that_is_cut_off_is_no_failure_of_the_desk(
    office: Office, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    parts: list[Message] = [{"type": "http.request", "body": b"name=", "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "scheme": "http", "path": path, "raw_path": path.encode(), "state": {}}
    scope |= {"query_string": b"", "headers": [(b"sec-fetch-site", b"same-origin")], "client": ("::1", 1)}
    with caplog.at_level(logging.ERROR, logger="comity.taxii"):
        office.portal.call(office.site, scope, receive, send)
    assert (sent[0]["status"], caplog.text) == (400, "")  # type: ignore[typeddict-item]  # the first is the start
