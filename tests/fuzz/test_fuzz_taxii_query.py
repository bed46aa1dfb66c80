"""Throws arbitrary queries, paths, headers and bodies at the TAXII door; it refuses in its own form."""

import json
from collections.abc import Iterator
from pathlib import Path

import anyio.from_thread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.types import Message

from comity.errors import UsageError
from comity.taxii.app import create_app
from comity.taxii.query import read_query
from tests.support.fuzzing import needs_atheris, run_target
from tests.support.taxii import MEDIA, ROOT, Hub, indicator

NAMES = [
    "added_after",
    "limit",
    "next",
    "match[id]",
    "match[type]",
    "match[version]",
    "match[spec_version]",
    "match[",
    "",
]
VALUES = ["", "0", "-1", "5", "last", "all,first", "2.1", "2031-03-01T12:00:00Z", "9999-12-31T23:59:59.9-23:59", "%00"]
VALUES += ["0001-01-01T00:00:00+23:59", "1" * 5000, "%F0%9F%92%A3", "%ff", ",,,", "a" * 300, "+", "indicator,\u0661"]

pairs = st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.text(max_size=30)))
queries = st.one_of(
    st.binary(max_size=200),
    st.lists(pairs, max_size=6).map(lambda given: "&".join(f"{name}={value}" for name, value in given).encode()),
)
segments = st.one_of(
    st.sampled_from(
        ["taxii2", "root", "collections", "objects", "manifest", "versions", "status", "..", ".", "", "VIEW"]
    ),
    st.text(max_size=12),
)
paths = st.one_of(
    st.lists(segments, max_size=8).map(lambda parts: "/" + "/".join(parts)),
    st.sampled_from(["VIEWobjects/", "VIEWmanifest/", "VIEWobjects/ONE/", "VIEWobjects/ONE/versions", "INBOXobjects/"]),
)
header_names = st.sampled_from(
    "accept authorization content-type content-encoding content-length host range x-forwarded-for x-odd".split()
)
headers = st.lists(st.tuples(header_names.map(str.encode), st.binary(max_size=60)), max_size=4)
methods = st.sampled_from("GET GET GET HEAD POST DELETE PUT OPTIONS TRACE CONNECT ODD".split())


@given(queries)
def test_a_query_is_read_or_refused_as_usage(query: bytes) -> None:
    try:
        found = read_query(query, page_limit=1000)
    except UsageError:
        return
    assert 1 <= found.limit <= 1000
    assert found.versions
    assert all(isinstance(one, int) or one in {"first", "last", "all"} for one in found.versions)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Raw"]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with Hub(folder / "node") as hub, anyio.from_thread.start_blocking_portal() as portal:
        hub.deliver(indicator(1), indicator(2))
        yield Raw(hub, portal)


class Raw:
    """Calls the application with a scope made by hand, so that no client library tidies anything up."""

    def __init__(self, hub: Hub, portal: anyio.from_thread.BlockingPortal) -> None:
        self.hub, self._portal = hub, portal
        self._app = create_app(hub.node)

    def __call__(
        self, method: str, path: str, query: bytes, given: list[tuple[bytes, bytes]], body: bytes
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        reader = self.hub.ruritania
        path = path.replace("VIEW", reader.view).replace("INBOX", reader.inbox)
        path = path.replace("ONE", str(indicator(1)["id"]))
        named = dict(given)
        named.setdefault(b"authorization", b"Bearer " + reader.token.encode())
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "replace"),
            "query_string": query,
            "root_path": "",
            "headers": list(named.items()),
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 1),
        }
        sent: list[Message] = self._portal.call(self._exchange, scope, body)
        start = sent[0]
        assert start["type"] == "http.response.start"
        content = b"".join(message["body"] for message in sent[1:] if message["type"] == "http.response.body")
        return start["status"], dict(start["headers"]), content

    async def _exchange(self, scope: dict[str, object], body: bytes) -> list[Message]:
        sent: list[Message] = []
        incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)  # type: ignore[arg-type]  # a scope made by hand
        return sent


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(methods, paths, queries, headers, st.one_of(st.binary(max_size=100), st.just(b'{"objects":[{}]}')))
def test_whatever_comes_is_answered_in_taxiis_own_form(
    fuzzed: Raw, method: str, path: str, query: bytes, given_headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    status, found, content = fuzzed(method, path, query, given_headers, body)

    assert status < 500, content
    assert found[b"content-type"] == MEDIA.encode()
    assert found[b"x-content-type-options"] == b"nosniff"
    if status >= 400 and method != "HEAD":
        told = json.loads(content)
        assert told["http_status"] == str(status) and told["title"] and told["error_code"] and told["error_id"]
    assert b"<html" not in content.lower()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_object_or_collection_or_status_is_found_by_chance(fuzzed: Raw, guess: str) -> None:
    if "/" in guess or guess in ("", "VIEW", "INBOX", "ONE"):
        return
    for path in (f"{ROOT}collections/{guess}/objects/", f"{ROOT}status/{guess}/", f"VIEWobjects/{guess}/"):
        assert fuzzed("GET", path, b"", [], b"")[0] == 404


SEEDS = [
    b"added_after=2031-03-01T12:00:00.123456789%2B02:00&limit=20&next=abc",
    b"match[type]=indicator,malware&match%5Bversion%5D=first,2031-03-01T12:00:00Z&match[spec_version]=2.1",
    b"match[id]=indicator--1,,indicator--1&limit=000000000000000000000007&limit=7",
    b"added_after=0001-01-01T00:00:00+23:59&match[version]=ALL",
]


@needs_atheris
def test_coverage_guided_fuzzing_finds_no_crash(tmp_path: Path, soak: bool) -> None:
    run_target("atheris_queries.py", SEEDS, tmp_path, seconds=600 if soak else 5)
