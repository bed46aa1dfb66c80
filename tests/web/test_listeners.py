"""Tests that a person listens on few pages at once, all on a bounded number, and none once the server ends."""

import asyncio

import pytest

from comity.errors import Busy
from comity.web.listeners import MOST, MOST_OF_ONE, Listeners


def test_one_person_listens_on_few_pages_and_leaves_others_theirs() -> None:
    listeners, open_pages = Listeners(), []
    for _ in range(MOST_OF_ONE):
        open_pages.append(listeners.listening(7))
        open_pages[-1].__enter__()
    with pytest.raises(Busy):
        listeners.must_have_room(7)
    with pytest.raises(Busy), listeners.listening(7):
        pass
    listeners.must_have_room(8)
    open_pages.pop().__exit__(None, None, None)
    with listeners.listening(7), pytest.raises(Busy):
        listeners.must_have_room(7)
    listeners.must_have_room(7)


def test_all_together_listen_on_a_bounded_number_of_pages() -> None:
    listeners = Listeners()
    held = [listeners.listening(number) for number in range(MOST)]
    for one in held:
        one.__enter__()
    with pytest.raises(Busy):
        listeners.must_have_room(MOST + 1)
    held[0].__exit__(None, None, None)
    listeners.must_have_room(MOST + 1)


def test_a_rest_ends_when_the_server_does() -> None:
    async def play() -> tuple[bool, bool]:
        listeners = Listeners()
        first = await listeners.rest(0.01)
        resting = asyncio.create_task(listeners.rest(60))
        await asyncio.sleep(0)
        listeners.close()
        with pytest.raises(Busy):
            listeners.must_have_room(1)
        return first, await resting

    assert asyncio.run(play()) == (False, True)
