"""Reads and submits with clients as they are in the field, over a real socket.

taxii2-client and cytaxii2 run unmodified. OpenCTI, MISP and Sentinel cannot run here: their behaviour as read in their
code is played by small harnesses, named for what they play.
"""

import base64
import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from cytaxii2.cytaxii2 import cytaxii2
from taxii2client.v21 import Collection, Server, as_pages

from comity.rooms.release.renditions import RENDITION_EXTENSION
from comity.stores import health
from comity.taxii.app import create_app
from tests.support.taxii import MEDIA, Hub, Object, Reader, indicator, served
from tests.taxii.conftest import MakeHub


class Served:
    """A node and the address at which it is served."""

    def __init__(self, hub: Hub, url: str) -> None:
        self.hub, self.url = hub, url
        self.reader: Reader = hub.ruritania
        self.root = f"{url}/taxii2/root/"


@pytest.fixture
def node(make_hub: MakeHub) -> Iterator[Served]:
    """A node with pages of ten and 35 indicators for Ruritania."""
    hub = make_hub(page_limit=10, max_content_length=64 * 1024)
    hub.deliver(*(indicator(n) for n in range(35)))
    with served(create_app(hub.node)) as url:
        yield Served(hub, url)


ALL = [indicator(n)["id"] for n in range(35)]


def ids(pages: list[dict[str, list[Object]]]) -> list[object]:
    return [one["id"] for page in pages for one in page.get("objects", [])]


def collections(node: Served) -> dict[str, Collection]:
    server = Server(f"{node.url}/taxii2/", user=node.reader.user, password=node.reader.password)
    assert server.default is server.api_roots[0]
    return {one.id: one for one in server.api_roots[0].collections}


# taxii2-client 2.3.0


@pytest.mark.parametrize("per_request", [0, 4, 10, 1000])
def test_taxii2_client_pages_through_objects_and_manifest(node: Served, per_request: int) -> None:
    view = collections(node)[node.reader.view_id]
    assert ids(list(as_pages(view.get_objects, per_request=per_request))) == ALL
    assert ids(list(as_pages(view.get_manifest, per_request=per_request))) == ALL


def test_taxii2_client_pages_with_a_filter_and_a_moment(node: Served) -> None:
    view = collections(node)[node.reader.view_id]
    early = datetime(2020, 1, 1, tzinfo=UTC)
    pages = list(as_pages(view.get_objects, per_request=7, type="indicator", added_after=early))
    assert ids(pages) == ALL
    assert ids(list(as_pages(view.get_objects, per_request=7, type=["malware", "tool"]))) == []
    assert ids(list(as_pages(view.get_objects, added_after=datetime(2039, 1, 1, tzinfo=UTC)))) == []


def test_taxii2_client_reads_one_object_and_its_versions(node: Served) -> None:
    view = collections(node)[node.reader.view_id]
    assert view.get_object(ALL[3])["objects"] == [indicator(3)]
    assert view.object_versions(ALL[3])["versions"] == [indicator(3)["modified"]]


def test_taxii2_client_submits_waits_asks_again_and_withdraws(node: Served) -> None:
    inbox = collections(node)[node.reader.inbox_id]
    envelope = {"objects": [indicator(100), indicator(101), {"type": "indicator"}]}

    status = inbox.add_objects(envelope, wait_for_completion=True, poll_interval=0.05, timeout=10)

    assert status.status == "complete"
    assert (status.total_count, status.success_count, status.failure_count) == (3, 2, 1)
    assert status.failures[0]["message"]
    status.refresh()
    root = Server(f"{node.url}/taxii2/", user=node.reader.user, password=node.reader.password).api_roots[0]
    assert root.get_status(status.id).success_count == 2
    inbox.delete_object(indicator(100)["id"])
    with pytest.raises(Exception, match="404"):
        inbox.delete_object(indicator(100)["id"])


def test_taxii2_client_reads_behind_a_path_prefix(make_hub: MakeHub) -> None:
    hub = make_hub()
    hub.deliver(indicator(1))
    with served(create_app(hub.node), prefix="/hub") as url:
        node = Served(hub, url)
        assert ids([collections(node)[node.reader.view_id].get_objects()]) == [indicator(1)["id"]]
        assert collections(node)[node.reader.view_id].url.startswith(f"{url}/taxii2/root/collections/")


# cytaxii2 1.0.1


def test_cytaxii2_finds_polls_page_by_page_and_submits(node: Served) -> None:
    client = cytaxii2(f"{node.url}/taxii2/", node.reader.user, node.reader.password)
    assert client.discovery_request()["status_code"] == 200
    assert client.root_discovery()["response"]["versions"] == [MEDIA]
    assert len(client.collection_request()["response"]["collections"]) == 2
    assert client.collection_data_request(node.reader.view_id)["response"]["id"] == node.reader.view_id

    pages = [client.poll_request(node.reader.view_id, limit=10)["response"]]
    while pages[-1]["more"]:
        pages.append(client.poll_request(node.reader.view_id, limit=10, next=pages[-1]["next"])["response"])
    assert ids(pages) == ALL
    one = client.poll_request(node.reader.view_id, object_id=ALL[2], object_type="indicator")["response"]
    assert ids([one]) == [ALL[2]]

    given = client.inbox_request(node.reader.inbox_id, json.dumps({"objects": [indicator(100)]}))
    assert (given["status_code"], given["response"]["success_count"]) == (202, 1)


def test_cytaxii2_asking_for_taxii_20_is_told_so_in_json(node: Served) -> None:
    client = cytaxii2(f"{node.url}/taxii2/", node.reader.user, node.reader.password, version=2.0)
    answer = client.discovery_request()
    assert (answer["status_code"], answer["response"]["http_status"]) == (406, "406")


# OpenCTI's ingester: one page a run; the cursor and the date are kept between runs


class OpenCti:
    """`next` is sent with the unchanged `added_after`; the date moves only after the last page, by the header."""

    def __init__(self, node: Served) -> None:
        self._node = node
        self._cursor: str | None = None
        self._added_after: str | None = None
        self.taken: list[object] = []
        self.fell_back_to_its_clock = False

    def run(self) -> int:
        """Ingest one page; gives how many objects it had."""
        asked = {"added_after": self._added_after, "next": self._cursor}
        answer = httpx.get(
            f"{self._node.root}collections/{self._node.reader.view_id}/objects/",
            params={name: value for name, value in asked.items() if value},
            headers={"Accept": "application/json, text/plain, */*"},
            auth=self._node.reader.auth,
        )
        page = answer.raise_for_status().json()
        objects = page.get("objects", [])
        self.taken += [one["id"] for one in objects]
        if not objects:
            self._cursor = None
        elif page.get("more") and page.get("next"):
            self._cursor = page["next"]
        else:
            self._cursor = None
            self._added_after = self._as_javascript_date(answer.headers.get("x-taxii-date-added-last"))
        return len(objects)

    def _as_javascript_date(self, header: str | None) -> str:
        self.fell_back_to_its_clock |= header is None
        moment = datetime.fromisoformat(header) if header else datetime.now(UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def test_opencti_gets_everything_once_while_more_arrives_between_its_runs(node: Served) -> None:
    ingester = OpenCti(node)
    for n in range(35, 47):
        ingester.run()
        node.hub.deliver(indicator(n))
    while ingester.run():
        pass
    assert ingester.run() == 0, "a poll of nothing stays a poll of nothing"
    assert ingester.taken == [indicator(n)["id"] for n in range(47)]
    assert not ingester.fell_back_to_its_clock


def test_opencti_goes_on_from_a_persisted_cursor_after_days(node: Served) -> None:
    ingester = OpenCti(node)
    ingester.run()
    node.hub.pass_hours(5 * 24)
    while ingester.run():
        pass
    assert ingester.taken == ALL


# MISP's push: `basic` in lower case, envelopes cut to the announced size, answers not waited for


def push_like_misp(node: Served, objects: list[Object]) -> list[int]:
    credentials = base64.b64encode(f"{node.reader.user}:{node.reader.password}".encode()).decode()
    headers = {"Authorization": f"basic {credentials}", "Accept": MEDIA, "Content-Type": MEDIA}
    with httpx.Client(headers=headers) as client:
        limit = client.get(node.root).json()["max_content_length"]
        codes, envelope = [], []
        for one in [*objects, None]:
            if one is None or len(json.dumps({"objects": [*envelope, one]})) > limit:
                address = f"{node.root}collections/{node.reader.inbox_id}/objects/"
                codes.append(client.post(address, content=json.dumps({"objects": envelope})).status_code)
                envelope = []
            envelope.append(one)
    return codes


def test_misp_pushes_envelopes_of_the_announced_size_and_forgets_them(node: Served) -> None:
    before = held(node.hub)
    codes = push_like_misp(node, [indicator(n, description="x" * 1_000) for n in range(1_000, 1_200)])
    assert len(codes) > 2 and set(codes) == {202}
    assert held(node.hub) == before + 200


def held(hub: Hub) -> int:
    with hub.node.store.read() as tx:
        return health.counts(tx).items


def test_misp_pulls_with_an_unset_next(node: Served) -> None:
    address = f"{node.root}collections/{node.reader.view_id}/objects/?limit=&next=&added_after="
    assert len(httpx.get(address, auth=node.reader.auth).json()["objects"]) == 10


# Microsoft Sentinel's connector: the whole root URL typed in, UUIDv4 collection ids, Basic


def test_sentinel_accepts_root_and_collection_and_polls_without_slashes(node: Served) -> None:
    discovered = httpx.get(f"{node.url}/taxii2", auth=node.reader.auth).json()["default"]
    assert urlsplit(discovered).scheme == "http" and urlsplit(discovered).path == "/taxii2/root/"
    root = discovered.rstrip("/")
    found = httpx.get(f"{root}/collections", auth=node.reader.auth).json()["collections"]
    v4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(v4.fullmatch(one["id"]) for one in found)

    address = f"{root}/collections/{node.reader.view_id}/objects"
    page = httpx.get(address, params={"added_after": "2030-01-01T00:00:00.000000Z"}, auth=node.reader.auth)

    assert page.status_code == 200 and page.headers["content-type"] == MEDIA
    assert len(page.json()["objects"]) == 10


# What any of them may do over a socket


def test_a_body_far_over_the_limit_is_answered_before_the_connection_ends(node: Served) -> None:
    address = f"{node.root}collections/{node.reader.inbox_id}/objects/"
    for size in (65 * 1024, 1024 * 1024):
        answer = httpx.post(address, content=b" " * size, headers={"content-type": MEDIA}, auth=node.reader.auth)
        assert answer.status_code == 413
        assert answer.json()["http_status"] == "413"


def test_readers_are_served_while_another_sends_its_body_slowly(node: Served) -> None:
    def slowly() -> Iterator[bytes]:
        yield b'{"objects":['
        assert httpx.get(node.root, auth=node.reader.auth, timeout=5).status_code == 200
        yield json.dumps(indicator(100)).encode() + b"]}"

    address = f"{node.root}collections/{node.reader.inbox_id}/objects/"
    answer = httpx.post(address, content=slowly(), headers={"content-type": MEDIA}, auth=node.reader.auth)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /%ff%fe HTTP/1.1", 404),
        (b"GET /taxii2/%2e%2e/ HTTP/1.1", 404),
        (b"GET //taxii2// HTTP/1.1", 200),
        (b"GET http://evil.example/taxii2/ HTTP/1.1", 200),
        (b"GET /taxii2/root/status/%00/ HTTP/1.1", 404),
        (b"GET * HTTP/1.1", 404),
        (b"BREW /taxii2/ HTTP/1.1", 405),
        (b"GET /taxii2/root/?limit=%ff&%fe HTTP/1.1\r\nX-Odd: \xff\xfe", 200),
    ],
)
def test_an_odd_request_line_is_answered_in_taxiis_own_form(node: Served, line: bytes, status: int) -> None:
    head, body = raw(node, line)
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: application/taxii+json;version=2.1\r\n" in head
    assert status < 400 or json.loads(body)["http_status"] == str(status)
    assert b"evil" not in body


@pytest.mark.parametrize("line", [b"GET /" + b"x" * 100_000 + b" HTTP/1.1", b"nonsense", b"GET / HTTP/9.9"])
def test_what_is_no_http_is_refused_by_the_server_without_html(node: Served, line: bytes) -> None:
    head, body = raw(node, line)
    assert b" 5" not in head[:12]
    assert body == b""


def raw(node: Served, line: bytes) -> tuple[bytes, bytes]:
    """Send a request line as it is; gives head and body of the answer."""
    address = urlsplit(node.url)
    credentials = base64.b64encode(f"{node.reader.user}:{node.reader.password}".encode())
    rest = b"\r\nHost: a.example\r\nConnection: close\r\nAuthorization: Basic " + credentials + b"\r\n\r\n"
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(line + rest)
        while part := connection.recv(65_536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return head + b"\r\n", body


def test_the_definition_of_the_mark_on_renditions_is_fetched_by_its_id(node: Served) -> None:
    collection = collections(node)[node.reader.view_id]
    (definition,) = collection.get_object(RENDITION_EXTENSION)["objects"]
    assert (definition["id"], definition["type"]) == (RENDITION_EXTENSION, "extension-definition")
    (author,) = collection.get_objects(id=definition["created_by_ref"])["objects"]
    assert author["name"] == "Comity"
    assert collection.object_versions(RENDITION_EXTENSION)["versions"] == [definition["modified"]]
