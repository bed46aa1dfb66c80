"""Tests the outermost layer: the request log, the counts, and the last net."""

import json
import logging

import anyio
import pytest
from litestar.types import Message, Receive, Scope, Send

from comity.taxii.door import Door
from comity.taxii.front import Front
from tests.support.taxii import Caller, Hub, indicator


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "comity.taxii"]


def test_a_request_is_logged_by_route_and_without_content(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    caller.hub.deliver(indicator(1))
    reader, one = caller.hub.ruritania, str(indicator(1)["id"])
    with caplog.at_level(logging.INFO, logger="comity.taxii"):
        answer = caller.get(f"{reader.view}objects/{one}/?match[type]=secret-word")

    (line,) = lines(caplog)
    assert line["event"] == "request" and line["method"] == "GET" and line["status"] == 200
    assert line["route"] == "/taxii2/root/collections/{collection_id}/objects/{object_id}"
    assert line["reader"] == f"ruritania/{reader.user}"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["bytes"] == len(answer.content)
    assert set(line) == {"event", "method", "route", "status", "ms", "bytes", "reader", "request_id"}
    for word in (one, reader.view_id, reader.password, "secret-word"):
        assert word not in caplog.text


def test_a_stranger_is_logged_as_nobody(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="comity.taxii"):
        caller("GET", "/taxii2/", auth=("guess", "word"))
    assert [(line["reader"], line["status"]) for line in lines(caplog)] == [("", 401)]


def test_unknown_paths_and_methods_make_no_series_of_their_own(caller: Caller) -> None:
    for n in range(20):
        caller("GET", f"/nothing/{n}")
        caller(f"BREW{n}", "/taxii2/")
    text = caller.get("/metrics").text
    assert 'comity_requests_total{method="GET",route="unmatched",status="404"} 20' in text
    assert 'comity_requests_total{method="other",route="unmatched",status="405"} 20' in text
    assert "BREW" not in text and "/nothing" not in text


def test_what_fails_below_everything_is_still_a_taxii_error(hub: Hub) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret words")

    sent = answers_of(Front(broken, Door(hub.node)))

    assert sent[0]["type"] == "http.response.start" and sent[0]["status"] == 500
    assert sent[1]["type"] == "http.response.body"
    told = json.loads(sent[1]["body"])
    assert told["error_code"] == "unexpected" and "secret" not in str(told)


def test_an_answer_that_breaks_half_way_is_not_begun_again(hub: Hub) -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("connection lost")

    assert [message["type"] for message in answers_of(Front(half, Door(hub.node)))] == ["http.response.start"]


def answers_of(front: Front) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "state": {}}
    anyio.run(front, scope, receive, send)
    return sent
