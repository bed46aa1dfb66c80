"""Tests work in line on every store: leases, later tries, dead letters, and a worker that dies."""

import pytest

from comity.stores import work
from comity.stores.opening import Store
from comity.stores.work import MOST_TRIES, Which
from comity.values import Instant
from tests.support.stores import NOW

LEASE_MS = 1_000


def add(store: Store, which: Which, payload: bytes = b"p", due: int = NOW) -> None:
    with store.write() as tx:
        if which == "jobs":
            work.add_job(tx, "retry", payload, Instant(due))
        else:
            work.add_message(tx, "ruritania-csirt", "receipt", payload, Instant(due))


@pytest.fixture(params=["jobs", "outbox"])
def which(request: pytest.FixtureRequest) -> Which:
    return "jobs" if request.param == "jobs" else "outbox"


def test_the_oldest_due_work_is_leased_first_and_to_one_worker(store: Store, which: Which) -> None:
    add(store, which, b"later", NOW + 5)
    add(store, which, b"first", NOW - 5)
    add(store, which, b"not yet", NOW + 10)
    with store.write() as tx:
        leased = [work.lease(tx, which, Instant(NOW + 5), LEASE_MS) for _ in range(3)]
    assert [one.payload if one else None for one in leased] == [b"first", b"later", None]


def test_work_that_is_done_is_gone_with_its_payload(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        leased = work.lease(tx, which, NOW, LEASE_MS)
        assert leased is not None
        work.finish(tx, which, leased.no)
        assert work.lease(tx, which, Instant(NOW + 10 * LEASE_MS), LEASE_MS) is None


def test_another_worker_takes_over_when_a_lease_ends(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        first = work.lease(tx, which, NOW, LEASE_MS)
        assert work.lease(tx, which, Instant(NOW + LEASE_MS - 1), LEASE_MS) is None
        second = work.lease(tx, which, Instant(NOW + LEASE_MS), LEASE_MS)
        assert first is not None
        assert second is not None
        assert (second.no, second.tries) == (first.no, 2)
        work.fail(tx, which, first, "too late to say so", Instant(NOW + LEASE_MS))
        work.finish(tx, which, second.no)
        assert work.lease(tx, which, Instant(NOW + 100 * LEASE_MS), LEASE_MS) is None


def test_failed_work_waits_twice_as_long_each_time_and_ends_as_a_dead_letter(store: Store, which: Which) -> None:
    add(store, which)
    now, waits = int(NOW), []
    with store.write() as tx:
        for _ in range(MOST_TRIES):
            leased = work.lease(tx, which, Instant(now), LEASE_MS)
            assert leased is not None
            work.fail(tx, which, leased, "peer does not answer", Instant(now))
            wait = work.FIRST_WAIT_MS * 2 ** (leased.tries - 1)
            assert work.lease(tx, which, Instant(now + wait - 1), LEASE_MS) is None
            waits.append(wait)
            now += wait
        assert work.lease(tx, which, Instant(now + 10**9), LEASE_MS) is None
        assert [row[2] for row in work.dead_letters(tx, which)] == ["peer does not answer"]
    assert waits[:4] == [1_000, 2_000, 4_000, 8_000]


def test_work_that_ends_every_worker_is_given_up_too(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        for i in range(MOST_TRIES):
            assert work.lease(tx, which, Instant(NOW + i * LEASE_MS), LEASE_MS) is not None
        assert work.lease(tx, which, Instant(NOW + MOST_TRIES * LEASE_MS), LEASE_MS) is None
        assert len(work.dead_letters(tx, which)) == 1


def test_what_waits_for_a_party_is_counted_by_kind_and_state(store: Store) -> None:
    with store.write() as tx:
        for party, kind in (("elbonia", "act"), ("elbonia", "receipt"), ("elbonia", "hint"), ("sylvania", "act")):
            work.add_message(tx, party, kind, b"1", NOW)
        kinds = (work.ACT_MESSAGE, work.RECEIPT_MESSAGE)
        assert [work.count_waiting(tx, "elbonia", kind) for kind in kinds] == [1, 1]
        assert [work.count_waiting(tx, "sylvania", kind) for kind in kinds] == [1, 0]
        (first, _), *_ = work.waiting_for(tx, "elbonia", work.ACT_MESSAGE, 10)
        work.give_up(tx, "outbox", first, "refused")
        assert [work.count_waiting(tx, "elbonia", kind) for kind in kinds] == [0, 1]


def test_messages_for_a_party_are_given_from_a_number_on(store: Store) -> None:
    for payload in (b"1", b"2", b"3"):
        add(store, "outbox", payload)
    with store.read() as tx:
        first, *rest = work.waiting_for(tx, "ruritania-csirt", "receipt", 100)
        assert work.waiting_for(tx, "ruritania-csirt", "receipt", 1, first[0]) == rest[:1]
        assert work.waiting_for(tx, "ruritania-csirt", "receipt", 100, rest[-1][0]) == []


def test_messages_are_found_by_what_they_carry(store: Store) -> None:
    with store.write() as tx:
        for payload in (b"1", b"2", b"3"):
            work.add_message(tx, "ruritania", work.ACT_MESSAGE, payload, NOW)
        work.add_message(tx, "other", work.ACT_MESSAGE, b"2", NOW)
        found = work.waiting_among(tx, "ruritania", work.ACT_MESSAGE, [b"3", b"2", b"9"])
        assert [payload for _, payload in found] == [b"2", b"3"]
        assert work.waiting_among(tx, "ruritania", work.RECEIPT_MESSAGE, [b"2"]) == []


def test_a_lease_is_renewed_by_who_has_it_and_by_nobody_else(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        first = work.lease(tx, which, NOW, LEASE_MS)
        assert first is not None
        assert work.renew(tx, which, first, Instant(NOW + 3 * LEASE_MS), b"read")
        assert not work.is_due(tx, which, Instant(NOW + LEASE_MS)) and work.payload_of(tx, which, first.no) == b"read"
        assert work.is_due(tx, which, Instant(NOW + 3 * LEASE_MS))
        second = work.lease(tx, which, Instant(NOW + 3 * LEASE_MS), LEASE_MS)
        assert second is not None and second.payload == b"read"
        assert not work.renew(tx, which, first, Instant(NOW + 9 * LEASE_MS), b"of the first")
        assert work.payload_of(tx, which, first.no) == b"read" and work.payload_of(tx, which, 999) == b""


def test_who_takes_over_ends_every_lease_and_a_worker_of_before_finds_out(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        first = work.lease(tx, which, NOW, LEASE_MS)
        assert first is not None and not work.is_due(tx, which, NOW)
        work.free(tx, which)
        assert work.lease(tx, which, NOW, LEASE_MS) is not None
        assert not work.renew(tx, which, first, Instant(NOW + LEASE_MS))


def test_work_that_is_given_back_is_due_at_once_and_was_no_failed_try(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        for _ in range(2 * MOST_TRIES):
            leased = work.lease(tx, which, NOW, LEASE_MS)
            assert leased is not None and leased.tries == 1
            assert not work.is_due(tx, which, NOW)
            work.let_go(tx, which, leased)
        assert work.is_due(tx, which, NOW) and work.dead_letters(tx, which) == []


def test_later_work_under_the_same_number_is_not_that_of_a_worker_before(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        slow = work.lease(tx, which, NOW, LEASE_MS)
        assert slow is not None
        work.finish(tx, which, slow.no)
    add(store, which, b"other", NOW + 1)
    with store.write() as tx:
        other = work.lease(tx, which, Instant(NOW + 1), LEASE_MS)
        assert other is not None
        mistaken = slow._replace(no=other.no)  # SQLite gives the number again
        assert not work.renew(tx, which, mistaken, Instant(NOW + 9 * LEASE_MS), b"of the first")
        work.abandon(tx, which, mistaken, "of the first")
        work.fail(tx, which, mistaken, "of the first", NOW)
        assert work.renew(tx, which, other, Instant(NOW + 9 * LEASE_MS)) and work.dead_letters(tx, which) == []
        work.abandon(tx, which, other, "refused")
        assert work.dead_letters(tx, which) == [(other.no, other.kind, "refused")]


def test_changed_work_is_due_again_and_whoever_had_it_loses_it_without_a_try(store: Store, which: Which) -> None:
    add(store, which)
    with store.write() as tx:
        first = work.lease(tx, which, NOW, LEASE_MS)
        assert first is not None and list(work.payloads(tx, which, first.kind)) == [(first.no, b"p")]
        work.change_payload(tx, which, first.no, b"less")
        assert not work.renew(tx, which, first, Instant(NOW + LEASE_MS))
        second = work.lease(tx, which, NOW, LEASE_MS)
        assert second is not None and (second.payload, second.tries) == (b"less", 1)
        assert list(work.payloads(tx, which, "nothing")) == []
