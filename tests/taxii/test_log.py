"""Tests that the log is served as C2SP tlog-tiles wants it, to anybody, and no further than it is signed."""

import json

import pytest

from comity.desk.log_keys import log_key
from comity.desk.make_checkpoint import make_checkpoint
from comity.records.log.checkpoint import open_checkpoint
from comity.records.log.tiles import names
from comity.records.log.tree import Tree
from tests.support.taxii import MEDIA, Caller, indicator

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def signed(caller: Caller) -> Caller:
    """Calls a node whose log has a full tile and a bit."""
    caller.hub.deliver(*(indicator(number) for number in range(260)))
    make_checkpoint(caller.hub.node)
    return caller


def test_a_stranger_can_check_the_log(signed: Caller) -> None:
    answer = signed("GET", "/log/checkpoint", auth=None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    told = open_checkpoint(answer.content, log_key(signed.hub.node, "freedonia/comity/1"))
    assert told.size == 272
    tiles = {
        (name.level, name.number): signed("GET", f"/log/tile/{name.path}", auth=None).content
        for name in names(told.size)
    }
    tiles[0, 0] = signed("GET", "/log/tile/0/000", auth=None).content
    assert Tree(lambda level, number: tiles.get((level, number), b"")).root(told.size) == told.root


@pytest.mark.parametrize(
    ("path", "cached"),
    [
        ("0/000", FOR_EVER),
        ("entries/000", FOR_EVER),
        ("0/001.p/16", "no-cache"),
        ("entries/001.p/16", "no-cache"),
        ("0/001.p/3", "no-cache"),
        ("1/000.p/1", "no-cache"),
    ],
)
def test_only_what_is_full_may_be_kept_for_ever(signed: Caller, path: str, cached: str) -> None:
    answer = signed("GET", f"/log/tile/{path}", auth=None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers.get_list("cache-control") == [cached]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "0/001",
        "0/001.p/17",
        "0/002.p/1",
        "0/x000/000",
        "64/000",
        "0/000.p/256",
        "x",
        "entries",
        "0/..%2f000",
        "0/000%00",
    ],
)
def test_what_is_not_signed_or_no_tile_is_not_found(signed: Caller, path: str) -> None:
    signed.hub.deliver(indicator(999))
    answer = signed("GET", f"/log/tile/{path}", auth=None)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_before_the_first_checkpoint_nothing_is_found(caller: Caller) -> None:
    for path in ("/log/checkpoint", "/log/tile/0/000.p/1", "/log/", "/log"):
        assert caller("GET", path, auth=None).status_code == 404


def test_nothing_is_written_through_the_log(signed: Caller) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert signed(method, "/log/checkpoint", auth=None).status_code == 405


def test_a_read_only_node_serves_readers_and_refuses_submissions_with_503(signed: Caller) -> None:
    hub = signed.hub
    hub.node.store.read_only = "the node is read-only: the database is older than the log"
    assert signed.get(hub.ruritania.view + "objects/").status_code == 200
    assert signed("GET", "/log/checkpoint", auth=None).status_code == 200
    body = json.dumps({"objects": [indicator(1)]}).encode()
    answer = signed(
        "POST", hub.ruritania.inbox + "objects/", content=body, headers={"content-type": MEDIA, "accept": MEDIA}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (503, "read-only")
    assert int(answer.headers["retry-after"]) > 60
    assert "operator" in answer.json()["title"]
