"""Tests that few passwords are stretched at a time, and that not too many wait."""

import anyio
import pytest

from comity.errors import Busy
from comity.web.door import MOST_STRETCHING, STRETCHING_THREADS, DeskDoor
from tests.support.desk import Office


def test_a_few_are_stretched_at_a_time_and_too_many_are_told_to_come_again(office: Office) -> None:
    door: DeskDoor = office.site.desk.state["door"]

    async def crowd() -> tuple[int, int]:
        running, most, refused = 0, 0, 0
        gate = anyio.Event()

        def work() -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            anyio.from_thread.run(gate.wait)
            running -= 1

        async def one() -> None:
            nonlocal refused
            try:
                await door.stretching(work)
            except Busy:
                refused += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(STRETCHING_THREADS + MOST_STRETCHING + 3):
                tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()
            gate.set()
        return most, refused

    most, refused = office.portal.call(crowd)
    assert most <= STRETCHING_THREADS
    assert refused == 3


def test_the_door_gives_the_answer_of_the_work(office: Office) -> None:
    door: DeskDoor = office.site.desk.state["door"]
    assert office.portal.call(door.stretching, sum, [1, 2]) == 3
    assert door.node is office.hub.node
    with pytest.raises(ZeroDivisionError):
        office.portal.call(door.stretching, lambda: 1 // 0)
