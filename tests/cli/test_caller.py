"""Tests how a command reaches its node: by itself, through the server, and when another command is at work."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from comity.cli import caller
from comity.wire.lock import hold_lock
from tests.support.command import INDICATOR, Command, a_bundle, command_line, serving


def test_a_command_waits_for_another_to_end(comity: Command) -> None:
    holding, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with hold_lock(comity.folder, "item import"):
            holding.set()
            enough.wait(0.3)

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(5)
    assert comity("node", "status").code == 0
    other.join()


def test_a_command_does_not_wait_for_ever(comity: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "WAIT_FOR_NODE_S", 0.1)
    with hold_lock(comity.folder, "item import"):
        said = comity("node", "status", "--json")
    assert said.code == 1
    assert said.json["error"]["code"] == "busy"
    assert "item import" in said.err


MANY = 60_000
ENDLESS = """
import json, sys
with open(sys.argv[1], "w") as out:
    out.write('{"type":"bundle","id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","objects":[')
    base = json.loads(sys.argv[2])
    for n in range(int(sys.argv[3])):
        base["id"] = f"indicator--00000000-0000-4000-8000-{n:012x}"
        out.write(("," if n else "") + json.dumps(base))
    out.write("]}")
"""


def a_large_bundle(folder: Path, count: int = MANY) -> Path:
    path = folder / "large.json"
    subprocess.run([sys.executable, "-c", ENDLESS, str(path), json.dumps(INDICATOR), str(count)], check=True)
    return path


def test_ctrl_c_says_what_is_kept_and_loses_none_of_it(comity: Command, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command_line(comity.folder, "item", "import", a_large_bundle(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    database = comity.folder / "node.db-wal"
    while process.poll() is None and not (database.exists() and database.stat().st_size > 4_000_000):
        threading.Event().wait(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "Traceback" not in err
    kept = comity("node", "status", "--json").json["items"]
    assert isinstance(kept, int)
    assert 0 < kept < MANY
    said = comity("item", "import", tmp_path / "large.json", "--json")
    assert (said.json["duplicate"], said.json["new"]) == (kept, MANY - kept)


def test_ctrl_c_ends_long_work_of_the_server_and_not_the_server(comity: Command, tmp_path: Path) -> None:
    path = a_large_bundle(tmp_path)
    with serving(comity.folder) as server:
        process = subprocess.Popen(
            command_line(comity.folder, "item", "import", path),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while comity("node", "status", "--json").json["items"] == 0 and process.poll() is None:
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "is kept" in err
        assert server.process.poll() is None
        assert comity("item", "import", a_bundle(tmp_path), "--json").code == 0
        assert comity("node", "status", "--json").json["items"] < MANY + 1


def test_every_command_of_an_exercise_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    comity = Command(tmp_path / "played", capsys)
    made = comity("node", "init", "--party", "Freedonia CSIRT", "--kind", "authority", "--exercise")
    listed = comity("party", "list")
    machine = comity("party", "list", "--json")
    assert made.code == listed.code == machine.code == 0
    assert listed.err.startswith("EXERCISE")
    assert machine.err == ""


def test_a_live_node_speaks_of_no_exercise(comity: Command) -> None:
    assert "EXERCISE" not in comity("party", "list").err


@pytest.mark.parametrize(
    "words",
    [
        ("peer", "clear", str(2**63), "--reason", "x"),
        ("receipt", "list", "--limit", str(2**70)),
        ("receipt", "seen", "indicator--\udcff", "--by", "The desk"),
        ("receipt", "seen", "indicator--1", "--by", "\udcff"),
        ("bundle", "import", "A" * 5_000),
    ],
)
def test_what_no_request_can_carry_is_the_callers_to_mend(comity: Command, words: tuple[str, ...]) -> None:
    told = comity(*words)
    assert told.code == 2, told.err
    assert "an error of Comity itself" not in told.err
