"""Tests the application as a whole: what holds for every answer, and for errors nobody foresaw."""

import json
import logging

import httpx
import pytest

from tests.support.taxii import MEDIA, ROOT, Caller, indicator

REQUESTS: list[tuple[str, str, int]] = [
    ("GET", "/taxii2/", 200),
    ("HEAD", "/taxii2/", 200),
    ("OPTIONS", "/taxii2/", 204),
    ("GET", ROOT, 200),
    ("GET", ROOT + "collections/", 200),
    ("GET", "{view}", 200),
    ("GET", "{view}objects/", 200),
    ("GET", "{view}objects/?limit=0", 400),
    ("GET", "{view}manifest/", 200),
    ("GET", "{view}objects/indicator--1/", 404),
    ("GET", "{inbox}objects/", 403),
    ("PUT", "{view}objects/", 405),
    ("TRACE", "/taxii2/", 405),
    ("BREW", "/taxii2/", 405),
    ("GET", "/", 404),
    ("GET", "/taxii2/nothing/", 404),
    ("GET", "/%2e%2e/etc/passwd", 404),
    ("GET", "/favicon.ico", 404),
    ("GET", "/schema", 404),
    ("POST", "{inbox}objects/", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
def test_every_answer_has_the_exact_media_type_and_the_safe_headers(
    caller: Caller, method: str, path: str, status: int
) -> None:
    answer = caller(method, path.format(view=caller.hub.ruritania.view, inbox=caller.hub.ruritania.inbox))

    assert answer.status_code == status
    assert answer.headers.get_list("content-type") == [MEDIA]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 16


@pytest.mark.parametrize(("method", "path", "status"), [one for one in REQUESTS if one[2] >= 400])
def test_every_refusal_is_a_taxii_error_object(caller: Caller, method: str, path: str, status: int) -> None:
    answer = caller(method, path.format(view=caller.hub.ruritania.view, inbox=caller.hub.ruritania.inbox))
    check_error(answer, status)


def check_error(answer: httpx.Response, status: int) -> None:
    told = answer.json()
    assert told["http_status"] == str(status) == str(answer.status_code)
    assert isinstance(told["title"], str) and told["title"]
    assert isinstance(told["error_code"], str) and told["error_code"]
    assert told["error_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "accept", ["application/taxii+json;version=2.0", "application/vnd.oasis.taxii+json; version=2.0"]
)
def test_another_taxii_version_alone_is_not_acceptable(caller: Caller, accept: str) -> None:
    answer = caller.get("/taxii2/", accept=accept)
    check_error(answer, 406)
    assert answer.headers["content-type"] == MEDIA


@pytest.mark.parametrize("accept", ["application/json, text/plain, */*", "application/taxii+json", "text/html", ""])
def test_any_other_accept_gets_the_same_answer(caller: Caller, accept: str) -> None:
    assert caller.get("/taxii2/", accept=accept).content == caller.get("/taxii2/").content


def test_head_has_the_headers_of_get_and_no_body(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    path = caller.hub.ruritania.view + "objects/"
    head, get = caller("HEAD", path), caller("GET", path)
    assert head.content == b"" and head.headers["content-length"] == str(len(get.content))
    assert head.headers["x-taxii-date-added-last"] == get.headers["x-taxii-date-added-last"]


@pytest.mark.parametrize("method", ["OPTIONS", "PUT"])
def test_what_a_path_allows_is_named_in_full(caller: Caller, method: str) -> None:
    allowed = {
        "/taxii2/": "GET, HEAD, OPTIONS",
        caller.hub.ruritania.inbox + "objects/": "GET, HEAD, OPTIONS, POST",
        caller.hub.ruritania.inbox + "objects/x/": "DELETE, GET, HEAD, OPTIONS",
    }
    for path, methods in allowed.items():
        assert caller(method, path).headers["allow"] == methods


def test_options_has_no_body_and_tells_a_stranger_nothing_more(caller: Caller) -> None:
    answer = caller("OPTIONS", caller.hub.ruritania.view, auth=None)
    assert (answer.status_code, answer.content) == (204, b"")


def test_request_ids_are_the_nodes_own_and_differ(caller: Caller) -> None:
    assert caller.get("/taxii2/").headers["x-request-id"] != caller.get("/taxii2/").headers["x-request-id"]


def test_an_exercise_says_so_in_every_title(exercise: Caller) -> None:
    assert exercise.get("/taxii2/").json()["title"].startswith("EXERCISE")
    assert exercise.get(ROOT).json()["title"].startswith("EXERCISE")


def test_discovery_honours_a_trusted_proxy_and_nobody_else(proxied: Caller) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "cert.example", "x-forwarded-prefix": "/hub"}
    trusted = proxied("GET", "/taxii2/", headers=headers, peer="10.0.0.1").json()
    other = proxied("GET", "/taxii2/", headers=headers, peer="192.0.2.1").json()
    assert trusted["default"] == "https://cert.example/hub/taxii2/root/"
    assert other["default"] == "http://hub.example/taxii2/root/"


def test_discovery_gives_the_public_address_that_the_operator_set(public: Caller) -> None:
    headers = {"x-forwarded-host": "evil.example", "host": "evil.example"}
    found = public("GET", "/taxii2/", headers=headers).json()
    assert found["default"] == "https://cert.example/hub/taxii2/root/"


def test_an_unexpected_error_is_told_without_its_words_and_logged_by_place(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caller.hub.node.store.close()
    broken = caller.hub.node._replace(store=None)  # type: ignore[arg-type]  # a fault that no verb foresees
    with Caller(caller.hub) as other:
        other.app.state["door"].node = broken
        with caplog.at_level(logging.ERROR, logger="comity.taxii"):
            answer = other.get(ROOT)
    check_error(answer, 500)
    line = json.loads(caplog.records[-1].getMessage())
    assert line["event"] == "fault" and line["request_id"] == answer.json()["error_id"]
    assert line["error"] == "AttributeError" and any("signin.py" in place for place in line["where"])
    assert "NoneType" not in answer.text and "NoneType" not in caplog.text
