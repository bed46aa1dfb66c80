"""Kills `node restore` with SIGKILL at each of its steps: the next command finds the old node or the new one, whole."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.cli.caller import local_actor
from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.restoring import JOURNAL
from comity.node import open_node
from comity.values import Json
from tests.faults.stage import Crew, lines_of
from tests.support.command import a_node

# The three moves after the journal's own are of the keys (old aside, new in place), the database and the settings.
STEPS = {
    "archive:unpack:1:after": "old",
    "restore_node:_check_database:1:after": "old",
    "restoring:_move:1:before": "old",
    **{f"restoring:_move:{count}:{when}": "new" for count in (2, 3, 4, 5) for when in ("before", "after")},
    "restoring:_move:1:after": "new",
    "restoring:_strike:1:before": "new",
    "restoring:_strike:1:after": "new",
    "restoring:_put_in_place:1:after": "new",
}


class Scene(NamedTuple):
    """A node of Elbonia's, and the backup of Freedonia's that is restored over it."""

    old: Path
    backup: Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    place = tmp_path_factory.mktemp("scene")
    node = open_node(a_node(place / "first"))
    backup_node(node, local_actor(), BackupRequest(target=str(place / "backup.tar"), with_keys=True))
    node.store.close()
    return Scene(a_node(place / "old", "Elbonia CSIRT"), place / "backup.tar")


def asked(crew: Crew, folder: Path, *words: str) -> dict[str, Json]:
    """Ask the node something; gives the answer."""
    child = crew.start(["--node", folder, "--json", *words])
    assert crew.wait() == 0, child.out.with_name(f"{child.out.name}.err").read_text()
    return lines_of(child.out)[-1]


def keys_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "keys").iterdir()}


@pytest.mark.parametrize(("step", "left"), STEPS.items())
def test_a_restore_cut_at_any_step_ends_by_itself(
    scene: Scene, crew: Crew, tmp_path: Path, step: str, left: str
) -> None:
    folder = tmp_path / "node"
    shutil.copytree(scene.old, folder)
    words = ["--node", folder, "--json", "node", "restore", scene.backup, "--yes"]
    crew.start(words, die=f"comity.desk.{step}")
    assert crew.wait() == -9

    party = asked(crew, folder, "node", "status")["party"]

    expected = scene.old if left == "old" else scene.old.with_name("first")
    assert party == ("elbonia-csirt" if left == "old" else "freedonia-csirt")
    assert keys_of(folder) == keys_of(expected)
    assert {path.name for path in folder.iterdir()} <= {"keys", "node.db", "node.toml", "node.lock", "lock"}
    assert asked(crew, folder, "doctor")["sound"]


def test_a_cut_restore_is_restored_over_by_another(scene: Scene, crew: Crew, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    words = ["--node", folder, "--json", "node", "restore", scene.backup]
    crew.start(words, die="comity.desk.archive:unpack:1:after")
    assert crew.wait() == -9
    crew.start(words, die="comity.desk.restoring:_move:3:before")
    assert crew.wait() == -9
    assert (folder / JOURNAL).exists()

    crew.start([*words, "--yes"])

    assert crew.wait() == 0
    assert asked(crew, folder, "node", "status")["party"] == "freedonia-csirt"
    assert {path.name for path in folder.iterdir()} <= {"keys", "node.db", "node.toml", "node.lock", "lock"}
