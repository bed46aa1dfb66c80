"""Tests who owns a node, with real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.errors import Busy, NodeError
from comity.wire.lock import Holder, hold_lock, lock_holder

HOLD = """
import sys, pathlib
from comity.wire.lock import hold_lock
with hold_lock(pathlib.Path(sys.argv[1]), "serve"):
    print("held", flush=True)
    sys.stdin.read()
"""


def another_process_holds(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def ended(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=10)


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    process = another_process_holds(tmp_path)
    try:
        assert lock_holder(tmp_path) == Holder(pid=process.pid, purpose="serve")
        with pytest.raises(Busy, match=f"process {process.pid} \\(serve\\)"), hold_lock(tmp_path, "doctor"):
            pass
    finally:
        ended(process)
    assert lock_holder(tmp_path) is None


def test_killing_the_holder_frees_the_lock(tmp_path: Path) -> None:
    process = another_process_holds(tmp_path)
    process.kill()
    ended(process)

    assert lock_holder(tmp_path) is None
    with hold_lock(tmp_path, "doctor"):
        assert lock_holder(tmp_path) is not None


def test_who_waits_gets_the_lock_when_it_is_let_go(tmp_path: Path) -> None:
    process = another_process_holds(tmp_path)
    assert process.stdin is not None
    process.stdin.close()

    with hold_lock(tmp_path, "item import", wait_s=10):
        holder = lock_holder(tmp_path)

    process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()
    assert holder is not None
    assert holder.purpose == "item import"


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="there is no node"), hold_lock(tmp_path / "nowhere", "serve"):
        pass


def test_the_lock_file_is_the_owners_alone(tmp_path: Path) -> None:
    with hold_lock(tmp_path, "serve"):
        assert (tmp_path / "node.lock").stat().st_mode & 0o777 == 0o600


def test_the_lock_file_never_grows_so_that_a_full_disk_does_not_matter(tmp_path: Path) -> None:
    with hold_lock(tmp_path, "serve"):
        size = (tmp_path / "node.lock").stat().st_size
    assert (tmp_path / "node.lock").stat().st_size == size
    with hold_lock(tmp_path, "item import"):
        assert lock_holder(tmp_path) is not None
        assert (tmp_path / "node.lock").stat().st_size == size
