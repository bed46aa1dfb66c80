"""Tests when failed sign-ins are too many."""

import tracemalloc

from comity.taxii.throttle import Throttle
from comity.values import Instant, instant

NOON = instant("2031-03-01T12:00:00Z")


def later(seconds: float) -> Instant:
    return Instant(NOON + int(seconds * 1000))


def exhausted(throttle: Throttle, account: str, address: str, times: int = 30) -> Throttle:
    for _ in range(times):
        throttle.failed(account, address, NOON)
    return throttle


def test_nobody_waits_at_first_and_a_few_failures_are_free() -> None:
    throttle = exhausted(Throttle(30), "ruri", "192.0.2.1", times=29)
    assert throttle.wait_s("ruri", "192.0.2.1", NOON) == 0


def test_an_address_that_fails_too_often_waits_for_any_account() -> None:
    throttle = exhausted(Throttle(30), "ruri", "192.0.2.1")
    assert throttle.wait_s("other", "192.0.2.1", NOON) > 0
    assert throttle.wait_s("other", "192.0.2.2", NOON) == 0


def test_an_account_guessed_at_from_many_addresses_waits_everywhere_new() -> None:
    throttle = Throttle(30)
    for last in range(30):
        throttle.failed("ruri", f"192.0.2.{last}", NOON)
    assert throttle.wait_s("ruri", "198.51.100.1", NOON) > 0


def test_a_reader_known_at_its_address_is_not_locked_out_by_strangers() -> None:
    throttle = Throttle(30)
    throttle.succeeded("ruri", "192.0.2.1")
    exhausted(throttle, "ruri", "198.51.100.1")
    exhausted(throttle, "guess", "192.0.2.1")
    assert throttle.wait_s("ruri", "192.0.2.1", NOON) == 0


def test_even_a_known_reader_waits_after_its_own_failures() -> None:
    throttle = Throttle(30)
    throttle.succeeded("ruri", "192.0.2.1")
    exhausted(throttle, "ruri", "192.0.2.1")
    assert throttle.wait_s("ruri", "192.0.2.1", NOON) > 0


def test_waiting_as_long_as_said_is_enough() -> None:
    throttle = exhausted(Throttle(30), "ruri", "192.0.2.1", times=100)
    wait_s = throttle.wait_s("ruri", "192.0.2.1", NOON)
    assert throttle.wait_s("ruri", "192.0.2.1", later(wait_s)) == 0
    assert throttle.wait_s("ruri", "192.0.2.1", later(0.5)) > 0


def test_a_clock_that_goes_back_gives_nothing_back_and_takes_nothing() -> None:
    throttle = exhausted(Throttle(30), "ruri", "192.0.2.1", times=10)
    assert throttle.wait_s("ruri", "192.0.2.1", later(-600)) == 0


def test_memory_is_bounded_whoever_comes() -> None:
    throttle = Throttle(30, memory=100)
    for n in range(1000):
        throttle.failed(f"account-{n}", f"address-{n}", NOON)
        throttle.succeeded(f"known-{n}", "192.0.2.1")
    assert throttle.size <= 200


def test_a_long_name_takes_no_more_memory_than_a_short_one() -> None:
    throttle = Throttle(30)
    tracemalloc.start()
    for n in range(200):
        throttle.failed(f"{n} " + "x" * 60_000, f"192.0.2.{n}", NOON)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert throttle.size == 400 and held < 1_000_000
