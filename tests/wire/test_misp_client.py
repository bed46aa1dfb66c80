"""Tests that a MISP server is read page by page and written to, and that a hostile one ends in an error of its own."""

import json
from typing import Any

import pytest

from comity.errors import Busy, ComityError, NotPermitted, RecordRejected, Unauthenticated, Unreachable
from comity.wire.addresses import networks_of
from comity.wire.misp_client import EVENTS_A_PAGE, MispClient, Put
from comity.wire.outbound import Outbound
from tests.support.misp import EVENT, FILE, an_event
from tests.support.misp_server import KEY, MispServer, misp_server

LISTED = Outbound(listed=networks_of(("127.0.0.0/8",)))


def client(misp: MispServer, key: str = KEY) -> MispClient:
    return MispClient(LISTED, misp.url + "/", key)


def test_events_are_read_page_by_page_until_there_are_none() -> None:
    with misp_server() as misp, client(misp) as line:
        misp.events = {str(n): an_event(uuid=str(n), timestamp=str(n)) for n in range(EVENTS_A_PAGE + 1)}
        assert [len(json.loads(page)["response"]) for page in line.pages()] == [EVENTS_A_PAGE, 1]
        assert [len(json.loads(page)["response"]) for page in line.pages(since_s=50)] == [1]
    assert misp.asked[0]["published"] is True and misp.asked[-1]["timestamp"] == 50


def test_an_event_is_added_then_changed_and_an_old_state_changes_nothing() -> None:
    body, newer = json.dumps(an_event()).encode(), json.dumps(an_event(timestamp="1700000009")).encode()
    with misp_server() as misp, client(misp) as line:
        assert [line.put(EVENT, body).fate, line.put(EVENT, body).fate] == ["added", "held"]
        assert line.put(EVENT, newer).fate == "edited"
        misp.on_call = lambda call: (403, {"name": "No", "errors": "no\x1b[31m permission"}) if "add" in call else None
        assert line.put(FILE, body) == Put("refused", "No · no [31m permission")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {"name": "x"}), Unauthenticated), ((403, {"name": "x"}), NotPermitted), ((503, {}), Busy),
        ((500, b"<html>"), Unreachable), ((302, b""), Unreachable), ((200, b"<html>"), RecordRejected),
        ((200, b'{"response": 7}'), RecordRejected), ((200, b"[" * 100_000), RecordRejected),
    ],
)  # fmt: skip
def test_what_a_server_says_instead_is_an_error_of_its_own(answer: tuple[int, Any], error: type[ComityError]) -> None:
    with misp_server() as misp, client(misp) as line:
        misp.on_call = lambda call: answer
        with pytest.raises(error):
            list(line.pages())


def test_a_server_that_gives_one_page_for_ever_is_left() -> None:
    with misp_server() as misp, client(misp) as line:
        misp.on_call = lambda call: (200, {"response": [{"Event": an_event()}]})
        with pytest.raises(RecordRejected):
            list(line.pages())
    assert len(misp.calls) == 2


def test_a_network_that_is_not_listed_is_not_called() -> None:
    with misp_server() as misp, MispClient(Outbound(), misp.url, KEY) as line, pytest.raises(NotPermitted):
        list(line.pages())
    assert misp.calls == []
