"""Kills the node with SIGKILL, at random and at named points, while it imports and while it serves submissions.

After each death the node is opened anew: it is whole, all that was acknowledged is there byte for byte, nothing is half
written, the sequencer finishes, and a partner who polls has everything once. `--soak` takes 2,000 deaths.
"""

import random
import shutil
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
import pytest

from tests.faults.aftermath import Watch, check_settled, check_untouched, reopened
from tests.faults.stage import (
    WITHIN_S,
    Child,
    Crew,
    Stage,
    as_envelope,
    encoded,
    first_line,
    lines_of,
    set_stage,
    some_objects,
    write_files,
)

MEDIA = "application/taxii+json;version=2.1"
OBJECTS, FILES, BATCH = 180, 4, 20
BATCHES = {"comity__desk__import_items___BATCH_OBJECTS": BATCH}
READING_AHEAD = {**BATCHES, "comity__desk__reading_ahead___LEAST_BYTES": 0}
DEATHS_A_NODE = 6
LINE_S = 0.04  # about as long as an import takes from one line of progress to the next
IMPORT_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "stores.opening:Store.write": (2, 6, 9, 11, 12),
        "stores.keeping:next_numbers": (1, 5),
        "stores.keeping:keep": (1, 4, 9),
        "stores.keeping:mark": (1, 6),
        "stores.registers:note": (1,),
        "stores.numbering:number": (1, 4),
        "stores.delivering:append": (1, 5),
        "stores.numbering:done": (1, 4),
    }.items()
    for count in counts
    for when in ("before", "after")
]
SERVING_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, count in {
        "stores.opening:Store.write": 9,
        "stores.keeping:keep": 3,
        "stores.registers:put_status": 4,
        "stores.numbering:number": 3,
        "stores.numbering:done": 4,
    }.items()
    for when in ("before", "after")
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_stage(tmp_path_factory.mktemp("stage") / "node", log_level="error")


class Life:
    """One node's life through several deaths while it imports the same files again and again."""

    def __init__(
        self, stage: Stage, crew: Crew, folder: Path, chance: random.Random, constants: Mapping[str, int]
    ) -> None:
        self.crew, self.folder, self.chance, self.constants = crew, folder / "node", chance, constants
        shutil.copytree(stage.folder, self.folder)
        self.given = encoded(some_objects(chance, OBJECTS))
        self.files = write_files(folder / "files", self.given, FILES)
        self.watch = Watch(stage)
        self.held: set[str] = set()

    def start(self, die: str = "") -> Child:
        words = ["--node", self.folder, "--json", "item", "import", self.files, "--default-tlp", "amber"]
        return self.crew.start(words, die=die, **self.constants)

    def judge(self, child: Child) -> None:
        said = lines_of(child.out)
        kept_through = max((int(str(line.get("kept_through", 0))) for line in said), default=0)
        with reopened(self.folder) as node:
            held = check_untouched(node, self.given)
            with node.store.read() as tx:
                last = tx.exec_driver_sql("select max(no) from records").scalar_one()
            assert last >= kept_through, "what was acknowledged is lost"
            assert held >= self.held, "what was held is lost"
            check_settled(node, self.given, held, self.watch)
        self.held = held


def lived(
    stage: Stage,
    crew: Crew,
    folder: Path,
    deaths: Iterable[str | float],
    chance: random.Random,
    constants: Mapping[str, int] = BATCHES,
) -> int:
    """Live one life through deaths (named points, or moments by lines of progress) until all is held; counts them."""
    life, died = Life(stage, crew, folder, chance, constants), 0
    for death in deaths:
        child = life.start(death if isinstance(death, str) else "")
        if isinstance(death, str):
            status = crew.wait()
            assert status in (0, -9), child.out.with_name(f"{child.out.name}.err").read_text()
        else:
            wait_for(child, death)
            status = crew.kill()
        died += status == -9
        life.judge(child)
        if len(life.held) == len(life.given):
            break
    last = life.start()
    assert crew.wait() == 0
    life.judge(last)
    counts = lines_of(last.out)[-1]
    assert (counts["objects"], counts["quarantined"]) == (OBJECTS, 0)
    assert life.held == set(life.given)
    shutil.rmtree(folder)
    return died


def wait_for(child: Child, progress: float) -> None:
    """Wait until an import has said so many lines and a little more, or all: a busy machine must not spare it."""
    lines, rest = divmod(progress, 1)
    give_up_at = time.monotonic() + WITHIN_S
    while len(said := lines_of(child.out)) < lines and not (said and "objects" in said[-1]):
        assert time.monotonic() < give_up_at
        time.sleep(0.002)
    time.sleep(rest * LINE_S)


def test_a_death_at_a_named_point_of_an_import_loses_nothing(stage: Stage, crew: Crew, tmp_path: Path) -> None:
    for n, point in enumerate(IMPORT_POINTS):
        assert lived(stage, crew, tmp_path / str(n), [point], random.Random(n)) == 1, f"{point} is never reached"


def test_a_death_while_a_second_process_reads_loses_nothing(stage: Stage, crew: Crew, tmp_path: Path) -> None:
    for n, point in enumerate(IMPORT_POINTS[::7]):
        folder = tmp_path / str(n)
        assert lived(stage, crew, folder, [point], random.Random(n), READING_AHEAD) == 1, f"{point} is never reached"


def test_a_death_at_any_moment_of_an_import_loses_nothing(stage: Stage, crew: Crew, tmp_path: Path, soak: bool) -> None:
    chance = random.Random(20260301)
    died, n, wanted = 0, 0, 1400 if soak else 36
    while died < wanted:
        n += 1
        moments = (chance.uniform(0, OBJECTS / BATCH) for _ in range(DEATHS_A_NODE))
        died += lived(stage, crew, tmp_path / str(n), moments, chance)
        assert n < 2 * wanted, "imports end before they can be killed"


class Submitting:
    """A partner that submits small envelopes until the server is gone, and remembers what was acknowledged."""

    def __init__(self, stage: Stage, url: str, chance: random.Random) -> None:
        self._stage, self._url, self._chance = stage, url, random.Random(chance.random())
        self.sent: dict[str, bytes] = {}
        self.acknowledged: set[str] = set()
        self.thread = threading.Thread(target=self._submit)

    def _submit(self) -> None:
        given = self._stage.submitter
        address = f"{self._url}/taxii2/root/collections/{given.inbox}/objects/"
        headers = {"content-type": MEDIA, "accept": MEDIA}
        with httpx.Client(auth=(given.user, given.password), headers=headers, trust_env=False, timeout=20) as client:
            while True:
                bodies = encoded(some_objects(self._chance, 12))
                self.sent |= bodies
                try:
                    answer = client.post(address, content=as_envelope(list(bodies.values())))
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                assert answer.json()["success_count"] == len(bodies)
                self.acknowledged |= set(bodies)


def served_to_death(
    stage: Stage, crew: Crew, folder: Path, death: str | float, chance: random.Random
) -> list[Submitting]:
    """Serve until a death while two partners submit."""
    child = crew.start(["--node", folder, "--json", "node", "serve"], die=death if isinstance(death, str) else "")
    url = str(first_line(child.out)["serving"])
    submitting = [Submitting(stage, url, chance) for _ in range(2)]
    for one in submitting:
        one.thread.start()
    if isinstance(death, str):
        status = crew.wait()
    else:
        time.sleep(death)
        status = crew.kill()
    for one in submitting:
        one.thread.join(timeout=30)
        assert not one.thread.is_alive()
    assert status == -9
    return submitting


def test_a_death_while_serving_loses_no_acknowledged_submission(
    stage: Stage, crew: Crew, tmp_path: Path, soak: bool
) -> None:
    chance = random.Random(20260302)
    deaths: list[str | float] = [*SERVING_POINTS, *(chance.uniform(0, 0.6) for _ in range(560 if soak else 26))]
    acknowledged = 0
    for start in range(0, len(deaths), DEATHS_A_NODE):
        folder = tmp_path / str(start)
        shutil.copytree(stage.folder, folder)
        watch, given, safe = Watch(stage), dict[str, bytes](), set[str]()
        for death in deaths[start : start + DEATHS_A_NODE]:
            for one in served_to_death(stage, crew, folder, death, chance):
                given |= one.sent
                safe |= one.acknowledged
            with reopened(folder) as node:
                held = check_untouched(node, given)
                assert held >= safe, "an acknowledged submission is lost"
                check_settled(node, given, held, watch)
        acknowledged += len(safe)
        shutil.rmtree(folder)
    assert acknowledged > 20 * len(deaths), "the server died before it did anything"


def test_enough_deaths_are_died() -> None:
    assert len(IMPORT_POINTS) + len(SERVING_POINTS) + 36 + 26 >= 100
