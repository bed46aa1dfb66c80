"""Tests that a second process reads as this one does, and that nothing becomes of it takes anything away."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from comity.catalogue.read import load_catalogue
from comity.desk import reading_ahead
from comity.desk.input_batches import Batch
from comity.desk.item_reading import ItemReader, Seen
from comity.desk.reading_ahead import LEAST_BYTES, Ahead, ReadingAhead
from comity.errors import UsageError
from comity.wire.bundles import Found
from tests.support.desks import an_object

RULES = load_catalogue()
READS_ONE = """
import os
from comity.desk import reading_ahead
frame, count = reading_ahead._frame, 0
def one(stream):
    global count
    count += 1
    if count > 2:
        os._exit(9)
    return frame(stream)
reading_ahead._frame = one
reading_ahead.serve()
"""
TELLS_NONSENSE = "import sys; sys.stdout.buffer.write((5).to_bytes(8, 'big') + b'wrong')"
TELLS_TOO_LITTLE = "import sys; sys.stdout.buffer.write((1).to_bytes(8, 'big') + b'\\x90'); sys.stdin.read()"
TELLS_OF_MUCH = "import sys; sys.stdout.buffer.write(b'\\xff' * 8); sys.stdout.flush(); sys.stdin.buffer.read()"
HANGS = "import time; time.sleep(600)"


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "cpus_to_use", lambda: 2.0)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """Every process that is started."""
    found: list[subprocess.Popen[bytes]] = []
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def noted(*words: object, **more: object) -> "subprocess.Popen[bytes]":
        found.append(start(*words, **more))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    return found


def _batch(*bodies: bytes | None) -> Batch:
    return Batch([Found(body, None, "$", len(body or b"")) for body in bodies], ["some.json"] * len(bodies), 0)


def _batches(count: int, fill: str = "") -> list[Batch]:
    numbers = (range(3 * n, 3 * n + 3) for n in range(count))
    return [_batch(*(msgspec.json.encode(an_object("tool", no, name="t", x=fill)) for no in nos)) for nos in numbers]


def _read(batches: list[Batch]) -> list[tuple[Batch, Ahead]]:
    return list(ReadingAhead(RULES.personal_rules, LEAST_BYTES).batches(iter(batches)))


def test_the_other_process_reads_as_this_one_does(started: list[object]) -> None:
    unread = b'{"id":"malware--1","type":"malware","a":1,"a":2}'
    batches = [*_batches(3), _batch(None, b'{"a":1}', unread, b"[")]

    answer = _read(batches)

    reader = ItemReader(RULES.personal)

    def here(body: bytes) -> Seen:
        seen = reader.look(body)
        assert seen is not None
        return msgspec.structs.replace(seen, reading=reader.read(body, seen.sha256))

    assert len(started) == 1
    assert [batch for batch, _ in answer] == batches
    assert [list(ahead) for _, ahead in answer[:3]] == [
        [here(found.body or b"") for found in batch.founds] for batch in batches[:3]
    ]
    # What cannot be read is left to who keeps it: looked up if it has an id, else nothing.
    assert list(answer[3][1]) == [None, None, reader.look(unread), None]


def test_batches_of_any_size_pass(started: list[object]) -> None:
    batches = _batches(4, "x" * 3_000_000)

    assert [len(ahead) for _, ahead in _read(batches)] == [3, 3, 3, 3]


def test_what_is_held_already_is_not_read_from_the_batch_after_the_next_on() -> None:
    ahead = ReadingAhead(RULES.personal_rules, LEAST_BYTES)
    read: list[bool] = []
    for _, seen in ahead.batches(iter(_batches(4))):
        read.append(bool(seen))
        ahead.is_new = len(read) == 3

    assert read == [True, True, False, False]


def test_little_is_read_here(started: list[object]) -> None:
    answer = list(ReadingAhead(RULES.personal_rules, LEAST_BYTES - 1).batches(iter(_batches(2))))

    assert ([ahead for _, ahead in answer], started) == ([(), ()], [])


@pytest.mark.parametrize("share", [0.5, 1.0, 1.5])
def test_with_less_than_two_processors_all_is_read_here(
    started: list[object], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(reading_ahead, "cpus_to_use", lambda: share)

    assert [ahead for _, ahead in _read(_batches(2))] == [(), ()]
    assert started == []


@pytest.mark.parametrize(
    "program", [READS_ONE, TELLS_NONSENSE, TELLS_TOO_LITTLE, TELLS_OF_MUCH, "", "raise SystemExit(3)"]
)
def test_where_the_other_process_ends_or_errs_every_batch_still_comes(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(reading_ahead, "_PROGRAM", program)
    batches = _batches(4, "x" * 100_000)

    answer = _read(batches)

    assert [batch for batch, _ in answer] == batches
    assert [len(ahead) for _, ahead in answer] == [3 if program == READS_ONE else 0, 0, 0, 0]


def test_one_that_hangs_is_given_up(started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_PROGRAM", HANGS)
    monkeypatch.setattr(reading_ahead, "STALLED_S", 0.1)
    batches = _batches(3, "x" * 1_000_000)

    assert _read(batches) == [(batch, ()) for batch in batches]
    assert started[0].returncode == -signal.SIGKILL


def test_one_that_is_stopped_midway_is_given_up(
    started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = _batches(4)

    def stopping() -> Iterator[Batch]:
        for number, batch in enumerate(batches):
            if number == 3:
                started[0].send_signal(signal.SIGSTOP)
                monkeypatch.setattr(reading_ahead, "STALLED_S", 0.1)
            yield batch

    answer = list(ReadingAhead(RULES.personal_rules, LEAST_BYTES).batches(stopping()))

    assert [batch for batch, _ in answer] == batches
    assert [len(ahead) for _, ahead in answer[:2]] == [3, 3]
    assert not answer[3][1]
    assert started[0].returncode == -signal.SIGKILL


def test_where_no_process_can_be_had_this_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    batches = _batches(2)

    assert _read(batches) == [(batch, ()) for batch in batches]


def test_the_other_process_ends_when_no_more_is_asked_for(started: list["subprocess.Popen[bytes]"]) -> None:
    batches = ReadingAhead(RULES.personal_rules, LEAST_BYTES).batches(iter(_batches(3)))
    next(batches)
    assert started[0].poll() is None

    batches.close()

    assert started[0].returncode is not None


def test_the_other_process_ends_with_the_error_of_who_keeps(started: list["subprocess.Popen[bytes]"]) -> None:
    with pytest.raises(UsageError):
        for _ in ReadingAhead(RULES.personal_rules, LEAST_BYTES).batches(_breaking()):
            pass

    assert started[0].returncode is not None


def _breaking() -> Iterator[Batch]:
    yield from _batches(2)
    raise UsageError("no more")


def test_the_other_process_ends_when_its_parent_is_killed() -> None:
    program = (
        "import sys, time\n"
        "from comity.catalogue.read import load_catalogue\n"
        "from comity.desk import reading_ahead\n"
        "other = reading_ahead.OtherProcess(load_catalogue().personal_rules).__enter__()\n"
        "print(other._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = Path("/proc", parent.stdout.readline().strip())
    assert child.exists()

    parent.kill()
    parent.wait()
    parent.stdout.close()

    until = time.monotonic() + 60
    while child.exists() and " Z " not in (child / "stat").read_text() and time.monotonic() < until:
        child.exists()
    assert time.monotonic() < until
