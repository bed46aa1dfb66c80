"""Figure: TAXII pages of 1,000 through the real server, beside unfiltered pages of stored blobs of the same size.

Both sides are Litestar on Granian with one worker, on the same database, asked in turns over one kept connection each.
"Of the same size" is in bytes: the bare page has as many blobs as fit into ours, and so never more bytes than ours.
Neither keeps pages: the operating system's and SQLite's own caches are warm, and there is no other.
"""

import base64
import http.client
import itertools
import json
import sqlite3
import sys
import time
import urllib.parse
from pathlib import Path
from typing import NamedTuple

from benchmarks import imports, nodes
from benchmarks.report import Figure, Report, at_most, median, say
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.node import DATABASE
from comity.stores import directory

PAGE = 1000
BOUND = 2.0
LATE = 50
ENVELOPE = 26  # bytes of a bare page without blobs


class Asked(NamedTuple):
    """One thing that is measured: a reader's page, and the bare page of the same size in bytes."""

    name: str
    path: str
    bare: str
    objects: int
    blobs: int


class Client:
    """One kept connection."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parsed = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parsed.hostname or "", parsed.port or 80)
        self._headers = headers

    def get(self, path: str) -> tuple[float, bytes]:
        """Ask, and give the milliseconds until the last byte, and the body."""
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return took, body


def run(work: Path, objects: int, report: Report) -> None:
    """Read as five readers."""
    made = imports.filled(work, objects)
    access = _readers(made.full)
    database = made.full / DATABASE
    rounds = 15 if report.smoke else 41
    with (
        nodes.served_node(made.full) as ours,
        nodes.served([sys.executable, "-m", "benchmarks.children", "blobs", str(database)]) as blobs,
    ):
        bare = Client(blobs, {})
        for party, reader in access.items():
            client = Client(ours, _headers(reader))
            for asked in _questions(party, reader, client, database):
                report.add(_measured(asked, client, bare, rounds))
    _late(made.full, access["reader-all"], database, rounds, report)


def _measured(asked: Asked, client: Client, bare: Client, rounds: int) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 3):
        took, body = client.get(asked.path)
        plain, _ = bare.get(asked.bare)
        if number >= 3:
            ours.append(took)
            theirs.append(plain)
    assert len(json.loads(body).get("objects", [])) == asked.objects, asked
    return at_most(asked.name, median(ours), median(theirs), f"{asked.blobs} blobs", BOUND, "ms")


def _questions(party: str, reader: nodes.Access, client: Client, database: Path) -> list[Asked]:
    root = f"/taxii2/root/collections/{reader.view_id}/objects/?limit={PAGE}"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        dates = [
            row[0]
            for row in db.execute(
                "select date_ms from deliveries d join views v on v.reader_no = d.reader_no where v.view_id = ? "
                "order by date_ms",
                (reader.view_id,),
            )
        ]
        top = int(db.execute("select max(no) from records").fetchone()[0])
    db.close()
    who = party.removeprefix("reader-")
    questions: list[Asked] = []

    def ask(what: str, extra: str, position: float) -> None:
        # Room for twice a page: the blobs there may be smaller than what ours holds.
        after = max(0, int((top - 2 * PAGE) * position))
        questions.append(_asked(f"page, {who}: {what}", root + extra, client, database, after))

    ask("first", "", 0.0)
    if len(dates) > 2 * PAGE:
        ask("middle", f"&added_after={_iso(dates[len(dates) // 2])}", 0.5)
        ask("last", f"&added_after={_iso(dates[-PAGE - 1])}", 1.0)
    ask("empty poll", f"&added_after={_iso(dates[-1]) if dates else '2030-01-01T00:00:00Z'}", 1.0)
    ask("rare match[type]", "&match[type]=course-of-action", 0.0)
    return questions


def _asked(name: str, path: str, client: Client, database: Path, after: int) -> Asked:
    """Give a page its bare page: the blobs after a number, as many as its bytes hold."""
    body = client.get(path)[1]
    count = len(json.loads(body).get("objects", []))
    blobs = _blobs_within(database, after, len(body)) if count else 0
    return Asked(name, path, f"/page?after={after}&limit={blobs}", count, blobs)


def _blobs_within(database: Path, after: int, size_bytes: int) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        sizes = db.execute(
            "select length(body) + 1 from records where no > ? and family = 0 order by no limit ?", (after, 2 * PAGE)
        )
        blobs = sum(1 for held in itertools.accumulate(row[0] for row in sizes) if held <= size_bytes - ENVELOPE)
    db.close()
    return blobs


def _late(folder: Path, reader: nodes.Access, database: Path, rounds: int, report: Report) -> None:
    """Grant fifty items late, one by one, and read the page that holds them."""
    with nodes.opened(folder) as node:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
            last = int(db.execute("select max(last_ms) from views").fetchone()[0])
        db.close()
        say(f"granting {LATE} items late")
        part = folder.parent / "late.json"
        objects = [_held_back(number) for number in range(LATE)]
        part.write_text(json.dumps({"type": "bundle", "id": "bundle--" + _uuid(0), "objects": objects}))
        import_items(node, nodes.ACTOR, ImportItemsRequest(paths=(str(part),), default_tlp="green"))
        for one in objects:
            mark_item(node, nodes.ACTOR, MarkItemRequest(id=str(one["id"]), personal="no", reason="late"))
    with (
        nodes.served_node(folder) as ours,
        nodes.served([sys.executable, "-m", "benchmarks.children", "blobs", str(database)]) as blobs,
    ):
        client, bare = Client(ours, _headers(reader)), Client(blobs, {})
        root = f"/taxii2/root/collections/{reader.view_id}/objects/?limit={PAGE}"
        for what, extra, after in (
            (f"after {LATE} late grants, first", "", 0),
            (f"after {LATE} late grants, the poll that finds them", f"&added_after={_iso(last)}", 0),
        ):
            asked = _asked(f"page, all: {what}", root + extra, client, database, after)
            report.add(_measured(asked, client, bare, rounds))


def _held_back(number: int) -> dict[str, object]:
    # A process: personal data are undetermined, so that an officer has to say so before it goes.
    return {
        "type": "process",
        "spec_version": "2.1",
        "id": f"process--{_uuid(number + 1)}",
        "pid": number,
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
        "x_text": "y" * 600,
    }


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _readers(folder: Path) -> dict[str, nodes.Access]:
    """Give every view its access; the two readers that the import did without are added now."""
    found: dict[str, nodes.Access] = {}
    with nodes.opened(folder) as node:
        for party, said in nodes.VIEWS.items():
            with node.store.read() as tx:
                is_known = directory.party_named(tx, party) is not None
            if is_known:
                added = nodes.add_reader(node, nodes.ACTOR, nodes.AddReaderRequest(party=party))
            else:
                added = nodes.add_party_with_view(node, party)
                nodes.agree(node, party, said)
            found[party] = nodes.Access(added.user, added.password, added.collection)
    return found


def _headers(reader: nodes.Access) -> dict[str, str]:
    secret = base64.b64encode(f"{reader.user}:{reader.password}".encode()).decode()
    return {"Authorization": f"Basic {secret}", "Accept": "application/taxii+json;version=2.1"}


def _iso(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000)) + f".{moment % 1000:03d}Z"
