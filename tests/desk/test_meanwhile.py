"""The next of an iterator, taken in another thread: in order, once, its errors raised where it is asked for."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from comity.desk.meanwhile import Meanwhile


def test_all_is_given_in_order_whoever_takes_it() -> None:
    takers: list[int] = []

    def source() -> Iterator[int]:
        for number in range(4):
            takers.append(threading.get_ident())
            yield number

    with ThreadPoolExecutor(1) as beside, Meanwhile(source(), beside) as coming:
        given = [coming.next()]
        coming.begin()
        coming.begin()
        given += [coming.next(), coming.next()]
        coming.begin()
        given += [coming.next(), coming.next(), coming.next()]

    assert given == [0, 1, 2, 3, None, None]
    me = threading.get_ident()
    assert [taker == me for taker in takers] == [True, False, True, False]


def test_an_error_is_raised_where_the_next_is_asked_for() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with ThreadPoolExecutor(1) as beside, Meanwhile(source(), beside) as coming:
        assert coming.next() == 1
        coming.begin()
        with pytest.raises(OSError, match="gone"):
            coming.next()


def test_the_iterator_may_be_closed_after_the_block_that_an_error_ended() -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        under_way.set()
        go_on.wait(30)
        yield 1

    given = source()
    with ThreadPoolExecutor(1) as beside, pytest.raises(KeyboardInterrupt), Meanwhile(given, beside) as coming:
        coming.begin()
        under_way.wait(30)
        threading.Timer(0.05, go_on.set).start()
        raise KeyboardInterrupt
    given.close()  # type: ignore[attr-defined]  # raises ValueError while another thread runs it
