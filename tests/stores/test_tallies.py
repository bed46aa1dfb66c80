"""Tests that what is counted long is remembered with its time, and what is counted quickly never."""

import threading
import time

import pytest

from comity.stores.tallies import Tallies, Tally
from comity.values import Instant

NOW, LATER = Instant(1_000), Instant(2_000)


def _slowly(counted: int, cpu_s: float = 0.02) -> int:
    until = time.thread_time() + cpu_s
    while time.thread_time() < until:
        pass
    return counted


def test_what_is_counted_quickly_is_counted_each_time() -> None:
    tallies = Tallies(elsewhere=False)

    assert tallies.of("items", NOW, lambda: 3) == Tally(3, None)
    assert tallies.of("items", LATER, lambda: 4) == Tally(4, None)


def test_what_takes_long_is_told_again_with_its_time() -> None:
    tallies = Tallies(elsewhere=False)

    assert tallies.of("items", NOW, lambda: _slowly(2)) == Tally(2, None)
    assert tallies.of("items", NOW, lambda: _slowly(3)) == Tally(3, None)
    assert tallies.of("items", LATER, lambda: _slowly(4)) == Tally(3, NOW)
    assert tallies.of("others", LATER, lambda: _slowly(5)) == Tally(5, None)


def test_what_took_long_for_once_is_counted_again() -> None:
    tallies = Tallies(elsewhere=False)

    assert tallies.of("items", NOW, lambda: _slowly(3)) == Tally(3, None)
    assert tallies.of("items", NOW, lambda: 4) == Tally(4, None)
    assert tallies.of("items", NOW, lambda: _slowly(5)) == Tally(5, None)
    assert tallies.of("items", LATER, lambda: 6) == Tally(6, None)


def test_what_takes_very_long_is_remembered_at_once() -> None:
    tallies = Tallies(elsewhere=False)

    assert tallies.of("items", NOW, lambda: _slowly(3, 0.11)) == Tally(3, None)
    assert tallies.of("items", LATER, lambda: 4) == Tally(3, NOW)


def test_time_in_which_a_server_counts_is_told_by_the_clock() -> None:
    asleep = threading.Event()
    tallies = Tallies(elsewhere=True)

    for _ in range(2):
        tallies.of("items", NOW, lambda: asleep.wait(0.06))

    assert tallies.of("items", LATER, lambda: True) == Tally(False, NOW)


def test_who_asks_while_it_is_counted_anew_is_told_the_last_count() -> None:
    passed_s = [0.0]
    tallies = Tallies(elsewhere=False, ticks=lambda: passed_s[0])
    counting, go_on = threading.Event(), threading.Event()
    for _ in range(2):
        tallies.of("items", NOW, lambda: _slowly(3))
    passed_s[0] = 600.0  # however long counting took

    def again() -> int:
        counting.set()
        go_on.wait(10)
        return _slowly(4)

    other = threading.Thread(target=lambda: tallies.of("items", LATER, again))
    other.start()
    assert counting.wait(10)
    meanwhile = tallies.of("items", LATER, lambda: _slowly(5))
    go_on.set()
    other.join()

    assert meanwhile == Tally(3, NOW)
    assert tallies.of("items", LATER, lambda: 6) == Tally(4, LATER)


def test_a_count_that_fails_leaves_the_next_to_count() -> None:
    tallies = Tallies(elsewhere=False)

    def broken() -> int:
        raise OSError("the disk is gone")

    for _ in range(2):
        try:
            tallies.of("items", NOW, broken)
        except OSError as error:
            assert str(error) == "the disk is gone"
    assert tallies.of("items", NOW, lambda: 3) == Tally(3, None)


def test_things_that_are_asked_for_once_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.stores.tallies._QUICK_S", 0.0)
    monkeypatch.setattr("comity.stores.tallies._MOST_KEPT", 10)
    tallies = Tallies(elsewhere=False)
    for day in range(100):
        assert tallies.of(("flow", day), NOW, lambda: 3) == Tally(3, None)
    held = [value for value in vars(tallies).values() if isinstance(value, dict | set)]
    assert len(held) == 3 and all(len(one) <= 10 for one in held)
