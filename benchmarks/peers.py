"""Figure: equal POSTs and equal paging, beside OpenTAXII and medallion, on sizes that they can finish."""

import base64
import http.client
import json
import shutil
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import nodes, stix
from benchmarks.peer_servers import PASSWORD, USER
from benchmarks.report import Figure, Report, at_least, say
from comity.desk.import_items import ImportItemsRequest, import_items

PYTHON = Path(__file__).parent.parent / ".venv-bench" / "bin" / "python"
TAXII = "application/taxii+json;version=2.1"
PER_POST, PER_PAGE = 500, 100


class Collection:
    """One collection over one kept connection."""

    def __init__(self, url: str, user: str = USER, password: str = PASSWORD) -> None:
        self._url = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(self._url.hostname or "", self._url.port or 80, timeout=600)
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Accept": TAXII} | ({"Authorization": f"Basic {secret}"} if user else {})

    def post(self, bodies: list[bytes]) -> float:
        """Post each body; gives the seconds."""
        started = time.perf_counter()
        for body in bodies:
            self._ask("POST", "", body)
        return time.perf_counter() - started

    def read_all(self) -> tuple[float, int]:
        """Read page by page with `next`; gives the seconds and the number of objects."""
        started = time.perf_counter()
        count, following = 0, ""
        while True:
            page = json.loads(self._ask("GET", f"?limit={PER_PAGE}{following}"))
            count += len(page.get("objects", []))
            if not page.get("more"):
                return time.perf_counter() - started, count
            following = "&next=" + urllib.parse.quote(page["next"])

    def _ask(self, method: str, query: str, body: bytes | None = None) -> bytes:
        headers = self._headers | ({"Content-Type": TAXII} if body is not None else {})
        self._connection.request(method, self._url.path + query, body=body, headers=headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 202):
            raise RuntimeError(f"{method} {self._url.path}: {answer.status} {said[:300]!r}")
        return said


def run(work: Path, objects: int, report: Report) -> None:
    """Compare with each peer; without `.venv-bench` (see `make bench`) there is nothing to compare with."""
    if not PYTHON.exists():
        say("no .venv-bench: OpenTAXII and medallion are left out (make bench sets it up)")
        return
    sizes = {"opentaxii": 1000 if report.smoke else 5000, "medallion": 500 if report.smoke else 1000}
    for name, count in sizes.items():
        say(f"{name}: {count:,} objects")
        bodies = _envelopes(count)
        with _served_peer(work, name) as url:
            peer = Collection(url, USER if name == "medallion" else "")  # OpenTAXII's collection is public
            posted = peer.post(bodies)
            paged, seen = peer.read_all()
        assert seen == count, (name, seen)
        ours_posted, ours_paged = _ours(work, bodies, count)
        if name == "opentaxii":
            report.add(_beside(f"POST of {PER_POST}, beside {name}", count, ours_posted, posted))
        report.add(_beside(f"pages of {PER_PAGE}, beside {name}", count, ours_paged, paged))


def _beside(name: str, count: int, ours: float, theirs: float) -> Figure:
    return at_least(name, count / ours, count / theirs, "peer", 10, "objects/s", f"{count:,} objects")


def _envelopes(count: int) -> list[bytes]:
    # OpenTAXII 0.9.3 answers 500 to an object without `modified`, so observables are left out.
    made = [body for body in stix.Stock(3).objects(2 * count) if b'"modified"' in body][:count]
    parts = [made[start : start + PER_POST] for start in range(0, count, PER_POST)]
    return [b'{"objects":[' + b",".join(part) + b"]}" for part in parts]


def _ours(work: Path, bodies: list[bytes], count: int) -> tuple[float, float]:
    """Post to a reader's inbox, and read as a reader who may see everything; durable before each answer."""
    folder = work / "peer-node"
    shutil.rmtree(folder, ignore_errors=True)
    nodes.found_node(folder)
    for number, body in enumerate(bodies):
        (work / f"peer-{number}.json").write_bytes(body)
    with nodes.opened(folder) as node:
        reader = nodes.add_party_with_view(node, "reader-all")
        nodes.agree(node, "reader-all", nodes.VIEWS["reader-all"])
        paths = tuple(str(work / f"peer-{number}.json") for number in range(len(bodies)))
        import_items(node, nodes.ACTOR, ImportItemsRequest(paths=paths, default_tlp="green"))
    with nodes.served_node(folder) as url:
        root = f"{url}/taxii2/root/collections"
        paged, seen = Collection(f"{root}/{reader.collection}/objects/", reader.user, reader.password).read_all()
        posted = Collection(f"{root}/{reader.inbox}/objects/", reader.user, reader.password).post(bodies)
    # An observation whose observables were left out is withheld: it says nothing without them.
    assert seen > 0.9 * count, seen
    shutil.rmtree(folder)
    return posted, paged * count / seen


@contextmanager
def _served_peer(work: Path, name: str) -> Iterator[str]:
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    script = Path(__file__).with_name("peer_servers.py")
    with nodes.served([str(PYTHON), str(script), name, str(folder)]) as url:
        yield url
    shutil.rmtree(folder)


if __name__ == "__main__":
    run(Path(sys.argv[1]), 0, Report(smoke=True, objects=0))
