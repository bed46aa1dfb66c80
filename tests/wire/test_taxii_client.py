"""Tests the TAXII client beside medallion and OpenTAXII, beside our own server, and beside servers that misbehave."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from comity.errors import Busy, ComityError, NotFound, NotPermitted, RecordRejected, Unauthenticated, Unreachable
from comity.taxii.app import create_app
from comity.values import stix_us
from comity.wire.addresses import networks_of
from comity.wire.bundles import NETWORK
from comity.wire.outbound import Answer, Origin, Outbound
from comity.wire.taxii_client import MEDIA, Login, Page, Refusal, TaxiiClient
from tests.support.foreign_servers import PASSWORD, USER, foreign_server
from tests.support.taxii import Hub, indicator, served

LOOPBACK = Outbound(listed=networks_of(["127.0.0.0/8"]))
COUNT = 25


def read_all(client: TaxiiClient, url: str, *, per_page: int, after: str = "") -> list[Page]:
    return list(client.pages(url, NETWORK, after, per_page))


def bodies_of(pages: list[Page]) -> list[bytes]:
    return [found.body for page in pages for found in page.found if found.body is not None]


@pytest.mark.parametrize(
    ("kind", "login"), [("medallion", Login(user=USER, password=PASSWORD)), ("opentaxii", Login())]
)
def test_it_submits_to_another_server_and_reads_it_back(kind: str, login: Login, tmp_path: Path) -> None:
    objects = [indicator(n) for n in range(COUNT)]
    with (
        foreign_server(kind, tmp_path / kind) as server,
        TaxiiClient(LOOPBACK, server.base, login) as client,
    ):
        told = client.submit(server.collection, json.dumps({"objects": objects}).encode())
        for _ in range(100):
            if told.is_complete:
                break
            assert told.url is not None
            told = client.status(told.url)
        pages = read_all(client, server.collection, per_page=10)
    assert (told.is_complete, told.failed) == (True, 0)
    assert {json.loads(body)["id"] for body in bodies_of(pages)} == {obj["id"] for obj in objects}
    assert len(bodies_of(pages)) == COUNT


def test_it_finds_its_way_from_discovery_to_every_byte_of_our_own_server(tmp_path: Path) -> None:
    with Hub(tmp_path / "hub") as hub:
        hub.deliver(*(indicator(n, name=f"ünïcode {n}") for n in range(COUNT)))
        login = Login(user=hub.ruritania.user, password=hub.ruritania.password)
        with served(create_app(hub.node)) as base, TaxiiClient(LOOPBACK, base, login) as client:
            found = client.collections(f"{base}/taxii2/")
            (view,) = [one for one in found if one.can_read]
            (inbox,) = [one for one in found if one.can_write]
            pages = read_all(client, view.url, per_page=10)
            told = client.submit(inbox.url, json.dumps({"objects": [indicator(99), {"type": "x"}]}).encode())
            assert told.url is not None
            again = client.status(told.url)
            rest = read_all(client, view.url, per_page=10, after=str(pages[-1].last_date))
        with hub.node.store.read() as tx:
            kept = {bytes(row[0]) for row in tx.exec_driver_sql("select body from records where family = 0 limit 25")}
    assert set(bodies_of(pages)) == kept
    assert [page.more for page in pages] == [True, True, False]
    assert (again.successes, again.failed, len(again.failures)) == (1, 1, 1)
    assert bodies_of(rest) == []


@contextmanager
def misbehaving(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[str]:
    """Answer each request with the next of these, the last one again and again."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/collections/c/"
        server.shutdown()
        thread.join()


def page(*objects: object, **more: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"content-type": MEDIA}, json.dumps({"objects": objects, **more}).encode()


@pytest.mark.parametrize(
    "answers",
    [
        [page(indicator(1), more=True, next="same")],
        [page(more=True)],
        [page(indicator(1), more=True, next="a"), page(more=True, next="b"), page(more=True, next="a")],
        [(200, {"X-TAXII-Date-Added-Last": "2030-01-01T00:00:00Z"}, b'{"more":true,"objects":[]}')],
    ],
    ids=["the same token", "no token", "tokens in a circle", "the same date"],
)
def test_a_server_that_promises_more_for_ever_is_left(answers: list[tuple[int, dict[str, str], bytes]]) -> None:
    with (
        misbehaving(*answers) as url,
        TaxiiClient(LOOPBACK, url, Login()) as client,
        pytest.raises(Unreachable, match="promises more"),
    ):
        read_all(client, url, per_page=10)


def test_where_a_page_has_no_token_its_last_date_leads_on() -> None:
    first = (200, {"X-TAXII-Date-Added-Last": "2030-01-01T00:00:00Z"}, page(indicator(1), more=True)[2])
    with misbehaving(first, page(indicator(2))) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        assert len(bodies_of(read_all(client, url, per_page=1))) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {}, b"<html>"), Unauthenticated),
        ((403, {}, b""), NotPermitted),
        ((404, {}, b""), NotFound),
        ((429, {"retry-after": "7"}, b""), Busy),
        ((503, {"retry-after": "Wed, 21 Oct 2030 07:28:00 GMT"}, b""), Busy),
        ((503, {"retry-after": "\u00b2"}, b""), Busy),
        ((503, {"retry-after": "9" * 5000}, b""), Busy),
        ((200, {}, b'{"more":true,"next":"' + b"n" * 3000 + b'"}'), RecordRejected),
        ((500, {}, b"<html>Internal Server Error</html>"), Unreachable),
        ((301, {"location": "http://127.0.0.1:1/"}, b""), Unreachable),
        ((200, {}, b"<html>welcome</html>"), RecordRejected),
        ((200, {}, b"[1,2]"), RecordRejected),
        ((200, {}, b'{"more":"yes"}'), RecordRejected),
        ((200, {}, b'{"objects":[' + b"[" * 100_000), RecordRejected),
        ((200, {}, b'{"objects":[{"a":"\xff"'), RecordRejected),
    ],
    ids=range(15),
)
def test_each_bad_answer_says_whose_turn_it_is(
    answer: tuple[int, dict[str, str], bytes], error: type[ComityError]
) -> None:
    with misbehaving(answer) as url, TaxiiClient(LOOPBACK, url, Login()) as client, pytest.raises(error):
        client.page(url, NETWORK, {})


def test_what_is_no_object_is_named_and_sinks_nothing() -> None:
    answer = page(indicator(1), 5, None, [], {"no": "id"})
    with misbehaving(answer) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        found = client.page(url, NETWORK, {}).found
    assert [one.reason for one in found] == [None, "not-an-object", "not-an-object", "not-an-object", None]


def test_a_submission_half_taken_is_told_in_the_servers_words() -> None:
    status = {
        "id": "2d086da7-4bdc-4f91-900e-d77486753710",
        "status": "pending",
        "total_count": 3,
        "success_count": 1,
        "failure_count": 1,
        "failures": [{"id": "x--1", "message": "no"}],
        "pending_count": 1,
    }
    with misbehaving((202, {}, json.dumps(status).encode())) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        told = client.submit(url, b'{"objects":[]}')
    assert told.failures == ("x--1: no",)
    assert (told.is_complete, told.successes, told.failed) == (False, 1, 1)
    assert told.url == url.replace("collections/c/", f"status/{status['id']}/")


def test_collections_that_lead_elsewhere_are_not_called() -> None:
    roots = json.dumps({"title": "x", "api_roots": ["http://198.41.0.4/"]}).encode()
    with (
        misbehaving((200, {}, roots)) as url,
        TaxiiClient(LOOPBACK, url, Login()) as client,
        pytest.raises(NotPermitted),
    ):
        client.collections(url)


@pytest.mark.parametrize("roots", [["http://["], [f"/{n}/" for n in range(101)]], ids=["no URL", "too many"])
def test_api_roots_that_cannot_be_asked_are_refused(roots: list[str]) -> None:
    said = json.dumps({"title": "x", "api_roots": roots}).encode()
    with (
        misbehaving((200, {}, said)) as url,
        TaxiiClient(LOOPBACK, url, Login()) as client,
        pytest.raises(RecordRejected, match="not-taxii"),
    ):
        client.collections(url)


def test_a_login_shows_no_secret() -> None:
    login = Login(user="ruritania", password="hidden", token="secret")
    assert "hidden" not in repr(login) and "secret" not in repr(login)


def test_what_is_refused_as_a_whole_is_told_with_its_status_and_the_servers_words() -> None:
    said = json.dumps({"title": "Bad", "description": "no " + "x" * 500, "http_status": "422"}).encode()
    with misbehaving((422, {}, said), (500, {}, b"<html>")) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        told = client.offer(url, b'{"objects":[]}')
        assert isinstance(told, Refusal)
        assert (told.status, told.words[:9], len(told.words)) == (422, "Bad: no x", 300)
        assert client.offer(url, b"{}") == Refusal(status=500, words="")
        with pytest.raises(Unreachable, match="500"):
            client.submit(url, b"{}")


@pytest.mark.parametrize("status_id", ["..", ".", "", "x" * 3_000])
def test_a_status_id_that_leads_nowhere_is_no_place_to_ask(status_id: str) -> None:
    said = json.dumps({"id": status_id, "status": "pending"}).encode()
    with misbehaving((202, {}, said)) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        assert client.submit(url, b"{}").url is None


def test_a_status_id_stays_below_its_api_root() -> None:
    said = json.dumps({"id": "../../other?x#y", "status": "pending"}).encode()
    with misbehaving((202, {}, said)) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        told = client.submit(url, b"{}").url
    assert told == url.replace("collections/c/", "status/..%2F..%2Fother%3Fx%23y/")


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        ((200, {}, b'{"max_content_length":5000}'), 5_000),
        ((200, {}, b'{"max_content_length":"5000"}'), None),
        ((200, {}, b'{"max_content_length":-1}'), None),
        ((200, {}, b"<html>"), None),
        ((404, {}, b""), None),
    ],
    ids=range(5),
)
def test_what_a_server_takes_at_most_is_asked_and_may_be_left_unsaid(
    answer: tuple[int, dict[str, str], bytes], most: int | None
) -> None:
    with misbehaving(answer) as url, TaxiiClient(LOOPBACK, url, Login()) as client:
        assert client.most_bytes(url) == most


@pytest.mark.parametrize("kind", ["medallion", "opentaxii"])
def test_it_looks_up_at_another_server_what_is_there(kind: str, tmp_path: Path) -> None:
    login = Login(user=USER, password=PASSWORD) if kind == "medallion" else Login()
    with foreign_server(kind, tmp_path / kind) as server, TaxiiClient(LOOPBACK, server.base, login) as client:
        client.submit(server.collection, json.dumps({"objects": [indicator(n) for n in range(COUNT)]}).encode())
        asked = [str(indicator(n)["id"]) for n in range(COUNT + 5)]
        found = client.versions_of(server.collection, asked)
    assert {name for name, _ in found} == set(asked[:COUNT])
    assert {stix_us(version) for _, version in found} == {stix_us("2030-01-01T00:00:00.000Z")}


class Spoken:
    """A line that gives one answer to all calls, and opens no socket."""

    def __init__(self, origin: Origin, answer: Answer) -> None:
        self.origin, self.answer = origin, answer
        self.asked: list[str] = []

    def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        self.asked.append(f"{method} {url}")
        return self.answer

    def close(self) -> None:
        self.asked.append("close")


def test_it_speaks_over_the_line_that_it_is_given() -> None:
    lines: list[Spoken] = []

    def dial(_: Outbound, origin: Origin) -> Spoken:
        lines.append(Spoken(origin, Answer(200, {}, b'{"objects":[]}')))
        return lines[-1]

    with TaxiiClient(LOOPBACK, "https://ruritania.example/taxii2/", Login(), dial=dial) as client:
        assert client.page("https://ruritania.example/c/1", NETWORK, {"limit": "5"}).found == ()
    (line,) = lines
    assert line.origin == Origin("https", "ruritania.example", 443)
    assert line.asked == ["GET https://ruritania.example/c/1/objects/?limit=5", "close"]
