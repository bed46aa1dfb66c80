"""Plays the demonstration as its reader does, and tries to make its own check believe a wrong table."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent
RUN = [sys.executable, str(ROOT / "demo" / "run.py")]
WITHIN_S = 300  # a loaded machine; the figure for a free one is 60 s


@pytest.fixture(scope="module")
def demo() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process
        process.kill()


def test_the_demonstration_says_exercise_shows_who_got_what_and_is_ready(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    said: list[str] = []
    for line in demo.stdout:
        said.append(line.rstrip())
        if said[-1] == "ready":
            break
    text = "\n".join(said)
    assert said[-1] == "ready", text
    assert said[0].startswith("EXERCISE")
    assert text.count("/taxii2/") == 3
    for clause in ("free-ruri-2026/4(1)", "free-ruri-2026/6", "energy-circle-2026/2", "handling/tlp-red"):
        assert clause in text
    for place in [line.rpartition(": ")[2] for line in said if line.endswith(".json")]:
        assert Path(place).stat().st_mode & 0o077 == 0


def test_ctrl_c_ends_it_with_its_nodes_and_nothing_else(demo: subprocess.Popen[str]) -> None:
    nodes = psutil.Process(demo.pid).children()
    assert len(nodes) == 3
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=WITHIN_S)
    assert demo.returncode == 0, rest
    assert not any(node.is_running() for node in nodes)


def test_its_check_holds_while_another_demonstration_was_killed_hard() -> None:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        first.stdout.readline()
        time.sleep(0.1)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    second = subprocess.run([*RUN, "--check"], capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "0 do not: good" in second.stdout


@pytest.mark.soak
def test_it_takes_a_folder_of_ones_own(shared_data: Path) -> None:
    command = [*RUN, "--check", "--data", str(shared_data / "stix-examples")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_refuses_a_wrong_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "demo"))
    import rule  # type: ignore[import-not-found]

    mail = {"type": "email-addr", "id": "email-addr--1", "object_marking_refs": [rule.TLP["green"]]}
    clauses = rule.read_clauses(ROOT / "demo" / "agreements")
    told = rule.weigh("freedonia-csirt", "ruritania-csirt", "freedonia-csirt", mail, clauses)
    assert told == rule.Answer(False, ("energy-circle-2026/3", "free-ruri-2026/6"), forbidden=True)
    red = {**mail, "object_marking_refs": [rule.TLP["red"]]}
    assert rule.weigh("freedonia-csirt", "ruritania-csirt", "freedonia-csirt", red, clauses).clauses == (
        "handling/tlp-red",
    )
