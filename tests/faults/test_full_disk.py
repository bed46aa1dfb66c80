"""Fills the disk under a node: it refuses to write in clear words, goes on reading, and works when there is room."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.aftermath import Watch, check_settled, check_untouched, reopened
from tests.faults.stage import Crew, Stage, as_envelope, encoded, set_stage, some_objects, write_files
from tests.support.command import Said, as_process, serving

MEDIA = "application/taxii+json;version=2.1"
DISK = "12m"
STEP = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, small."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], check=False)
    if not made or made.returncode != 0:
        pytest.skip("this account may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


class Filler:
    """What takes all the room, but for so many bytes."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def fill(self, spare: int = 0) -> None:
        """Take all the room."""
        with self._file.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(STEP))
            except OSError:
                pass
        if spare:
            os.truncate(self._file, max(0, self._file.stat().st_size - spare))

    def empty(self) -> None:
        """Give the room back."""
        self._file.unlink()


def take_in(stage: Stage, crew: Crew, files: Path) -> Said:
    return crew.say(stage.folder, "--json", "item", "import", files, "--default-tlp", "amber")


@pytest.mark.parametrize("spare", [0, 40_000, 150_000, 400_000])
def test_an_import_onto_a_full_disk_is_refused_and_can_be_repeated(
    disk: Path, crew: Crew, tmp_path: Path, spare: int
) -> None:
    stage = set_stage(disk / "node", log_level="error")
    given = encoded(some_objects(random.Random(spare), 4000))
    files = write_files(tmp_path / "files", given, 4)
    assert crew.say(stage.folder, "node", "status").code == 0
    filler = Filler(disk)
    filler.fill(spare)

    said = take_in(stage, crew, files)
    assert said.code == 1, said
    assert "disk" in str(said.json["error"]), said

    filler.empty()
    watch = Watch(stage)
    with reopened(stage.folder) as node:
        check_settled(node, given, check_untouched(node, given), watch)
    again = take_in(stage, crew, files)
    assert again.code == 0, again
    with reopened(stage.folder) as node:
        held = check_untouched(node, given)
        assert held == set(given)
        check_settled(node, given, held, watch)


def test_a_server_on_a_full_disk_goes_on_reading_and_recovers_by_itself(disk: Path, crew: Crew, tmp_path: Path) -> None:
    stage = set_stage(disk / "node", log_level="error")
    chance = random.Random(1)
    before, during, after = (encoded(some_objects(chance, 60)) for _ in range(3))
    files = write_files(tmp_path / "files", before, 1)
    assert take_in(stage, crew, files).code == 0
    filler = Filler(disk)
    with serving(stage.folder, log=tmp_path / "log") as server:
        filler.fill()
        refused = [submit(server.url, stage, during) for _ in range(20)]
        held = before | (during if any(answer.status_code == 202 for answer in refused) else {})
        # What still finds room in a page that is there already may be taken; the rest is refused for now.
        assert {answer.status_code for answer in refused[1:]} <= {202, 503, 507}, refused[-1].text
        assert any(answer.status_code in (503, 507) for answer in refused) or len(held) > len(before)
        said = take_in(stage, crew, write_files(tmp_path / "more", encoded(some_objects(chance, 3000)), 1))
        assert said.code == 1 and "disk" in str(said.json["error"]), said
        assert len(read(server.url, stage)) >= 50
        assert as_process(stage.folder, "--json", "node", "status").code == 0

        filler.empty()
        answer = submit(server.url, stage, after)
        assert answer.status_code == 202, answer.text
    given = before | during | after
    with reopened(stage.folder) as node:
        kept = check_untouched(node, given)
        assert kept >= set(before) | set(after)
        check_settled(node, given, kept, Watch(stage))


def submit(url: str, stage: Stage, bodies: dict[str, bytes]) -> httpx.Response:
    given = stage.submitter
    address = f"{url}/taxii2/root/collections/{given.inbox}/objects/"
    headers = {"content-type": MEDIA, "accept": MEDIA}
    with httpx.Client(auth=(given.user, given.password), headers=headers, trust_env=False, timeout=60) as client:
        answer = client.post(address, content=as_envelope(list(bodies.values())))
    assert answer.headers["content-type"] == MEDIA
    return answer


def read(url: str, stage: Stage) -> list[object]:
    address = f"{url}/taxii2/root/collections/{stage.view_id}/objects/?limit=1000"
    with httpx.Client(auth=(stage.user, stage.password), trust_env=False, timeout=60) as client:
        answer = client.get(address, headers={"accept": MEDIA})
    assert answer.status_code == 200, answer.text
    objects = json.loads(answer.content)["objects"]
    assert isinstance(objects, list)
    return objects
