"""Tests the stream that tells what is stale: whom it takes, what it says, when it ends; over real sockets."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from comity.desk.actor import Actor
from comity.desk.begin_intake import begin_intake
from comity.desk.run_intake import PART_OBJECTS
from comity.desk.run_jobs import do_next
from comity.desk.sessions import Person
from comity.web.event_pages import _intake_told
from comity.wire.lock import hold_lock
from tests.desk.test_begin_intake import many
from tests.desk.test_run_intake import GOES_ON
from tests.support.desk import PASSWORD, Forms, Office, an_office
from tests.support.taxii import served

ASKED = {"accept": "text/event-stream"}
CANARY = "canary-4711"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Office, httpx.Client]]:
    """A served node, and a browser in which a duty officer is signed in."""
    with (
        an_office(tmp_path, in_memory=False) as office,
        hold_lock(office.hub.node.folder, "t", wait_s=1.0),
        served(office.site) as url,
    ):
        account = office.account("mara.ellend", "duty-officer")
        with httpx.Client(base_url=url, headers={"sec-fetch-site": "same-origin"}, timeout=20) as client:
            fields = next(form for form in Forms(client.get("/sign-in").text).found if form[0].endswith("/sign-in"))[1]
            said = {"name": account.name, "password": PASSWORD, "code": account.next_code()}
            assert client.post("/sign-in", data=fields | said).status_code == 303
            yield office, client


def test_it_says_which_part_is_stale_and_nothing_of_what_stands_there(desk: tuple[Office, httpx.Client]) -> None:
    office, client = desk
    with client.stream("GET", "/events", headers=ASKED) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in answer.headers["cache-control"] and "content-security-policy" in answer.headers
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        office.hub.put(f'{{"type":"tool","name":"{CANARY}"}}'.encode())
        told = [line for line in (next(lines) for _ in range(4)) if line]
    assert told == ["retry: 5000", "event: stale", "data: intake"]


def test_it_ends_with_the_session(desk: tuple[Office, httpx.Client]) -> None:
    office, client = desk
    with client.stream("GET", "/events", headers=ASKED) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        office.close("mara.ellend")
        assert not any(line.startswith("data") for line in lines)
    assert client.get("/events", headers=ASKED).status_code == 303


def test_one_person_has_a_few_streams_at_most(desk: tuple[Office, httpx.Client]) -> None:
    _, client = desk
    with ExitStack() as stack:
        streams = [stack.enter_context(client.stream("GET", "/events", headers=ASKED)).iter_lines() for _ in range(4)]
        assert [next(lines) for lines in streams] == [": listening"] * 4
        assert client.get("/events", headers=ASKED).status_code == 503
    for _ in range(200):  # those that went away make room, once the server has noticed
        with client.stream("GET", "/events", headers=ASKED) as answer:
            first = next(answer.iter_lines())
        if first == ": listening":
            return
        time.sleep(0.05)
    raise AssertionError(first)


def test_the_server_ends_while_a_page_listens(desk: tuple[Office, httpx.Client]) -> None:
    office, client = desk
    with client.stream("GET", "/events", headers=ASKED) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        office.site.close()
        assert not any(line.startswith("data") for line in lines)


def test_a_stranger_is_led_to_the_sign_in_and_a_page_is_none(office: Office) -> None:
    assert office.visitor()("GET", "/events", headers=ASKED).status_code == 303
    assert office.signed_in("analyst").get("/events").status_code == 404


def test_an_account_that_is_asked_by_the_page_itself_ends_unused(office: Office) -> None:
    visitor = office.signed_in("analyst")
    for _ in range(2):
        office.hub.later(20 * 60)
        status = visitor("GET", "/", headers={"x-by-itself": "1"}).status_code
    assert status == 303


def test_it_says_that_an_intake_is_further_until_it_has_ended(desk: tuple[Office, httpx.Client]) -> None:
    office, client = desk
    asker = Actor(name="mara.ellend", role="duty-officer", via="web")
    begun = begin_intake(office.hub.node, asker, many(PART_OBJECTS + 1))
    place = f"/take-in/runs/{begun.id}/events"
    with client.stream("GET", place, headers=ASKED) as answer:
        assert answer.status_code == 200 and "no-store" in answer.headers["cache-control"]
        lines = (line for line in answer.iter_lines() if line)
        assert [next(lines) for _ in range(4)] == [": listening", "retry: 5000", "event: stale", "data: run"]
        assert do_next(office.hub.node, GOES_ON)
        told = list(lines)
    assert told[-3:] == ["id: ended", "event: stale", "data: run"], "it ends by itself"
    assert not any("Server" in line for line in told)
    with client.stream("GET", place, headers=ASKED) as answer:
        assert "id: ended" in list(answer.iter_lines()), "a page that comes late is told too"
    assert client.get(place, headers=ASKED | {"last-event-id": "ended"}).status_code == 204
    assert client.get(place).status_code == client.get("/take-in/runs/0/events", headers=ASKED).status_code == 404


def test_a_stream_begun_just_as_its_session_ended_ends_too(office: Office) -> None:
    begun = begin_intake(office.hub.node, Actor(name="mara.ellend", role="duty-officer", via="web"), many(1))
    office.account("mara.ellend", "duty-officer")
    now = office.hub.clock.now
    said = {"no": 1, "name": "mara.ellend", "title": "", "roles": ("duty-officer",), "method": "password"}
    person = Person(**said, since=now, until=now, session=b"of one that has ended")  # type: ignore[arg-type]

    async def told() -> list[object]:
        async with asyncio.timeout(10):
            return [one async for one in _intake_told(office.site.desk.state["door"], person, begun.id)]

    assert len(office.portal.call(told)) <= 2
