"""Tests how many processors are found to be for this process."""

import os
from pathlib import Path

import pytest

from comity.desk.cpu_share import cpus_to_use

ALLOWED = len(os.sched_getaffinity(0))


def _groups(folder: Path, own: str, **files: str) -> tuple[Path, Path]:
    """Lay control groups; a file's name is its path with `__` between the folders."""
    for name, text in files.items():
        path = folder.joinpath("groups", *name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name.replace("cpu_", "cpu.")).write_text(text)
    (folder / "own").write_text(own)
    return folder / "groups", folder / "own"


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert cpus_to_use(tmp_path / "none", tmp_path / "none") == ALLOWED


def test_a_quota_of_any_group_around_counts(tmp_path: Path) -> None:
    own = "0::/machine/node\n"
    groups = _groups(tmp_path, own, machine__cpu_max="50000 100000\n", machine__node__cpu_max="max 100000\n")

    assert cpus_to_use(*groups) == 0.5


def test_a_container_sees_its_own_quota_at_the_top(tmp_path: Path) -> None:
    assert cpus_to_use(*_groups(tmp_path, "0::/\n", cpu_max="20000 100000\n")) == 0.2


def test_the_first_version_of_control_groups_is_read_too(tmp_path: Path) -> None:
    own = "5:cpu,cpuacct:/node\n4:memory:/node\n"
    files = {"cpu__node__cpu_cfs_quota_us": "30000\n", "cpu__node__cpu_cfs_period_us": "100000\n"}

    assert cpus_to_use(*_groups(tmp_path, own, **files)) == 0.3


@pytest.mark.parametrize("text", ["max 100000", "", "-1 100000", "words", "100000 0", "100000"])
def test_what_states_no_quota_limits_nothing(tmp_path: Path, text: str) -> None:
    assert cpus_to_use(*_groups(tmp_path, "0::/\nodd\n", cpu_max=text)) == ALLOWED
