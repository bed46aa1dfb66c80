"""Plays the demonstration as its reader does, and tries to make its own check believe a wrong table."""

import os
import re
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
    assert text.count("/taxii2/") == 4
    codes = re.findall(r"http://localhost:\d+/begin +code ([0-9A-Z-]{23})  \w+ \w+, ", text)
    assert len(codes) == len(set(codes)) == 5
    for clause in ("free-ruri-2026/4(1)", "free-ruri-2026/6", "energy-circle-2026/2", "handling/tlp-red"):
        assert clause in text
    assert "42 of 44 indicators of the case may go to ruritania-csirt" in text
    assert "the originator has not consented to ruritania-csirt" in " ".join(text.split())
    assert "freedonia-csirt to northwind-energy: seen incident--" in text
    assert "ruritania-csirt to freedonia-csirt: accepted report--" in text
    for party in ("freedonia-csirt", "ruritania-csirt", "northwind-energy", "concord-secretariat"):
        (entries, sealed), *_ = [
            line.split()[1:3] for line in said if line.startswith(party) and len(line.split()[-1]) == 64
        ]
        assert int(entries) == int(sealed) > 0
    for pair in (["northwind-energy", "freedonia-csirt"], ["freedonia-csirt", "ruritania-csirt"]):
        (stated, acknowledged), *_ = [line.split()[-2:] for line in said if line.split()[:2] == pair]
        assert int(stated) == int(acknowledged) > 0
    for place in [line.rpartition(": ")[2] for line in said if line.endswith(".json")]:
        assert Path(place).stat().st_mode & 0o077 == 0


def test_ctrl_c_ends_it_with_its_nodes_and_nothing_else(demo: subprocess.Popen[str]) -> None:
    nodes = psutil.Process(demo.pid).children()
    assert len(nodes) == 4
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
    told = rule.weigh("freedonia-csirt", "ruritania-csirt", ("freedonia-csirt", mail, "freedonia-csirt"), clauses)
    assert told == rule.Answer(False, ("energy-circle-2026/3", "free-ruri-2026/6"), forbidden=True)
    assert [rule.fewest_statements(count) for count in (0, 1, 1000, 1001)] == [0, 1, 1, 2]
    assert len(rule.read_parties(ROOT / "demo" / "agreements")["energy-circle-2026"]) == 4
    red = {**mail, "object_marking_refs": [rule.TLP["red"]]}
    assert rule.weigh(
        "freedonia-csirt", "ruritania-csirt", ("freedonia-csirt", red, "freedonia-csirt"), clauses
    ).clauses == ("handling/tlp-red",)


@pytest.mark.parametrize(
    "stream",
    [
        {"stated": 0, "acknowledged": 0},
        {"stated": 2, "acknowledged": 1},
        {"stated": 1, "acknowledged": 1},
    ],
)
def test_the_check_refuses_statements_that_are_too_few_or_not_acknowledged(
    monkeypatch: pytest.MonkeyPatch, stream: dict[str, int]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "demo"))
    import check  # type: ignore[import-not-found]

    pair = ("freedonia-csirt", "ruritania-csirt")
    nothing = dict.fromkeys(check.Played._fields)
    received, synced = {pair: [{}] * 1001}, {"missing": 0, "error": ""}
    played = check.Played(**nothing | {"received": received, "imported": {pair: [synced]}, "streams": {pair: stream}})
    assert not all(holds for _, holds in check._stated(played))
    played = played._replace(streams={pair: {"stated": 2, "acknowledged": 2}})
    assert all(holds for _, holds in check._stated(played))


def test_the_check_refuses_words_that_one_side_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "demo"))
    import check
    from case import Case, Looked  # type: ignore[import-not-found]

    names = ("party", "to", "level", "about")
    free, ruri, north = "freedonia-csirt", "ruritania-csirt", "northwind-energy"
    question, thanks, word = (
        dict(zip(names, said, strict=True))
        for said in (
            (free, north, "seen", "incident--1"),
            (free, north, "accepted", "report--1"),
            (ruri, free, "accepted", "report--1"),
        )
    )
    case = Case({}, Looked([], {}, {"id": "incident--1"}), question, "report--1", {})
    words = {free: [question, thanks, word], north: [question, thanks], ruri: [word], "concord-secretariat": []}
    played = check.Played(**dict.fromkeys(check.Played._fields) | {"case": case, "words": words})
    assert all(holds for _, holds in check._said(played))
    for party, known in words.items():
        less = played._replace(words=words | {party: known[1:]})
        more = played._replace(words=words | {party: [*known, {**word, "level": "declined"}]})
        for wrong in (less, more) if known else (more,):
            assert not all(holds for _, holds in check._said(wrong))
