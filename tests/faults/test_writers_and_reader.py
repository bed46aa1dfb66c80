"""Lets two partners submit and an import run while a third polls: it misses nothing and gets nothing twice."""

import json
import random
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from taxii2client.v21 import Collection

from tests.faults.aftermath import visible_among
from tests.faults.stage import Stage, as_envelope, encoded, set_stage, some_objects, write_files
from tests.support.command import as_process, serving

MEDIA = "application/taxii+json;version=2.1"
PAGE = 50
SETTLED_WITHIN_S = 60


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(tmp_path / "node", log_level="error")


class Poller:
    """A stock client that polls as the simplest ones do: by the last date of the last page, never by token."""

    def __init__(self, url: str, stage: Stage) -> None:
        address = f"{url}/taxii2/root/collections/{stage.view_id}/"
        self._collection = Collection(address, user=stage.user, password=stage.password)
        self._since = ""
        self.got: Counter[str] = Counter()
        self.bodies: dict[str, list[str]] = {}

    def poll(self) -> int:
        """Read one page; gives how many objects it had."""
        more = {"added_after": self._since} if self._since else {}
        connection = self._collection._conn
        answer = connection.session.get(
            self._collection.objects_url, params={**more, "limit": PAGE}, headers={"Accept": MEDIA}, timeout=30
        )
        answer.raise_for_status()
        objects = answer.json().get("objects", [])
        for one in objects:
            self.got[one["id"]] += 1
            self.bodies.setdefault(one["id"], []).append(json.dumps(one, sort_keys=True))
        self._since = answer.headers.get("X-TAXII-Date-Added-Last", self._since)
        return len(objects)


def submit_until(stop: threading.Event, url: str, stage: Stage, seed: int, sent: dict[str, bytes]) -> None:
    """Submit small envelopes, one after another; everything sent is acknowledged, or this fails."""
    chance, given = random.Random(seed), stage.submitter
    address = f"{url}/taxii2/root/collections/{given.inbox}/objects/"
    headers = {"content-type": MEDIA, "accept": MEDIA}
    with httpx.Client(auth=(given.user, given.password), headers=headers, trust_env=False, timeout=30) as client:
        while not stop.is_set():
            bodies = encoded(some_objects(chance, 24))
            answer = client.post(address, content=as_envelope(list(bodies.values())))
            assert answer.status_code == 202, answer.text
            assert answer.json()["failure_count"] == 0
            sent |= bodies


def test_a_polling_reader_misses_nothing_while_others_write(stage: Stage, tmp_path: Path, soak: bool) -> None:
    imported = encoded(some_objects(random.Random(99), 3000))
    files = write_files(tmp_path / "files", imported, 20)
    sent: list[dict[str, bytes]] = [{}, {}]
    with serving(stage.folder) as server, Writers(server.url, stage, sent) as writers:
        poller = Poller(server.url, stage)
        end = time.monotonic() + (60 if soak else 20)
        importer = threading.Thread(target=lambda: import_into(stage.folder, files, writers.failures))
        importer.start()
        while time.monotonic() < end:
            if poller.poll() < PAGE:
                time.sleep(0.05)
        writers.end()
        importer.join(timeout=120)
        assert not importer.is_alive()
        assert writers.failures == []
        expected = visible_among({**imported, **sent[0], **sent[1]}, {*imported, *sent[0], *sent[1]})
        give_up_at = time.monotonic() + SETTLED_WITHIN_S
        while set(poller.got) != expected and time.monotonic() < give_up_at:
            if poller.poll() < PAGE:
                time.sleep(0.05)
        assert poller.poll() == 0
    assert len(sent[0]) > 100 and len(sent[1]) > 100, "the writers hardly wrote"
    assert (set(poller.got) - expected, expected - set(poller.got)) == (set(), set())
    twice = {key for key, count in poller.got.items() if count > 1}
    for key in twice:  # only what is shown anew because it may now name more
        assert len(set(poller.bodies[key])) == len(poller.bodies[key]), f"{key} came twice unchanged"


class Writers:
    """Two submitting partners beside the block, and what failed."""

    def __init__(self, url: str, stage: Stage, sent: list[dict[str, bytes]]) -> None:
        self._stop, self.failures = threading.Event(), list[BaseException]()
        self._threads = [
            threading.Thread(target=self._guarded, args=(url, stage, seed, bodies)) for seed, bodies in enumerate(sent)
        ]

    def _guarded(self, url: str, stage: Stage, seed: int, sent: dict[str, bytes]) -> None:
        try:
            submit_until(self._stop, url, stage, seed, sent)
        except BaseException as failure:  # told to the test, which alone can fail
            self.failures.append(failure)

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Let them finish what they have begun, and wait for it."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)
            assert not thread.is_alive()


def import_into(folder: Path, files: Path, failures: list[BaseException]) -> None:
    """Import through the serving node, as an officer would."""
    said = as_process(folder, "--json", "item", "import", files, "--default-tlp", "amber")
    if said.code != 0 or said.json["quarantined"] != 0:
        failures.append(AssertionError(said))
