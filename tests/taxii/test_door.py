"""Tests how the door uses threads: nobody waits for a slow one, and not too many wait at all."""

import threading

import anyio
import pytest

from comity.errors import Busy
from comity.taxii import door as door_module
from comity.taxii.door import READING_THREADS, Door
from tests.support.taxii import Hub


def test_a_slow_writer_holds_up_no_reader(hub: Hub) -> None:
    release, answered = threading.Event(), []

    async def run() -> None:
        door = Door(hub.node)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(door.writing, release.wait)
            answered.append(await door.reading(lambda: "read"))
            release.set()

    anyio.run(run)
    assert answered == ["read"]


def test_a_slow_verb_does_not_stop_the_event_loop(hub: Hub) -> None:
    release = threading.Event()

    async def run() -> None:
        door = Door(hub.node)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(door.reading, release.wait)
            await anyio.sleep(0)
            release.set()

    anyio.run(run)
    assert release.is_set()


def test_beyond_a_number_of_waiting_requests_the_door_says_busy(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "MOST_WAITING", 3)
    release = threading.Event()
    refused: list[Busy] = []

    async def run() -> None:
        door = Door(hub.node)
        async with anyio.create_task_group() as tasks:
            for _ in range(READING_THREADS + 3):
                tasks.start_soon(door.reading, release.wait)
            await anyio.wait_all_tasks_blocked()
            try:
                await door.reading(lambda: None)
            except Busy as busy:
                refused.append(busy)
            release.set()

    anyio.run(run)
    assert refused and refused[0].retry_after_s > 0
