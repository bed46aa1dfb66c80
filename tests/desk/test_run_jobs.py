"""Tests the loop that does jobs: what fails is tried again and in the end given up, and who asked is told."""

import threading
from contextlib import suppress

import msgspec
import pytest

from comity.desk import run_jobs
from comity.desk.begin_intake import (
    KEPT_FOR_MS,
    ListIntakesRequest,
    ShowIntakeRequest,
    begin_intake,
    list_intakes,
    show_intake,
)
from comity.desk.intake_tally import JOB
from comity.desk.node_type import Node
from comity.desk.run_intake import LEASE_MS, end_badly
from comity.desk.run_jobs import Doing, do_next
from comity.errors import NotFound, StoreError
from comity.stores import registers, work
from comity.stores.work import LONGEST_WAIT_MS, MOST_TRIES, Work
from comity.values import Instant
from tests.desk.test_begin_intake import many
from tests.desk.test_run_intake import GOES_ON, OWNER, leased
from tests.support.nodes import Freedonia
from tests.support.taxii import wait_until


def test_jobs_are_done_until_told_to_stop(hub: Freedonia) -> None:
    begun = [begin_intake(hub.node, OWNER, many(2, idempotency_key=str(n))) for n in range(2)]
    leased(hub)  # by a process that has ended since
    stop = threading.Event()
    worker = threading.Thread(target=run_jobs.run_jobs, args=(hub.node, stop))
    worker.start()
    try:
        for one in begun:
            wish = ShowIntakeRequest(id=one.id)
            wait_until(lambda wish=wish: show_intake(hub.node, OWNER, wish).view.state == "done")  # type: ignore[misc]
    finally:
        stop.set()
        worker.join(timeout=20)
    assert not worker.is_alive()


def test_what_ended_long_ago_is_forgotten_also_where_nothing_new_is_begun(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, OWNER, msgspec.structs.replace(many(2), idempotency_key="night-1"))
    assert do_next(hub.node, GOES_ON)
    hub.clock.now = Instant(hub.clock.now + KEPT_FOR_MS + 1)
    stop = threading.Event()
    worker = threading.Thread(target=run_jobs.run_jobs, args=(hub.node, stop))
    worker.start()
    try:
        wait_until(lambda: not list_intakes(hub.node, OWNER, ListIntakesRequest()).intakes)
    finally:
        stop.set()
        worker.join(timeout=20)
    with pytest.raises(NotFound):
        show_intake(hub.node, OWNER, ShowIntakeRequest(id=begun.id))
    with hub.node.store.read() as tx:
        assert registers.earlier_answer(tx, OWNER.name, "night-1") is None


def test_a_full_disk_is_waited_out_and_given_up_in_the_end(hub: Freedonia) -> None:
    tried: list[int] = []

    def full(node: Node, leased: Work, stop: threading.Event) -> None:
        tried.append(leased.tries)
        raise StoreError("the disk is full")

    kinds = {JOB: Doing(full, end_badly)}
    begun = begin_intake(hub.node, OWNER, many(2))
    for _ in range(MOST_TRIES):
        assert do_next(hub.node, GOES_ON, kinds) and not do_next(hub.node, GOES_ON, kinds)
        hub.clock.now = Instant(hub.clock.now + LONGEST_WAIT_MS)
    assert tried == list(range(1, MOST_TRIES + 1)) and not do_next(hub.node, GOES_ON, kinds)
    view = show_intake(hub.node, OWNER, ShowIntakeRequest(id=begun.id)).view
    assert (view.state, view.error) == ("failed", "the disk is full")
    with hub.node.store.read() as tx:
        assert work.dead_letters(tx, "jobs") == [], "its content is not kept"


def test_a_job_that_ends_its_worker_each_time_is_given_up(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, OWNER, many(2))
    for _ in range(MOST_TRIES):
        with hub.node.store.write() as tx:
            assert work.lease(tx, "jobs", hub.clock.now, LEASE_MS) is not None  # and its worker is killed
        hub.clock.now = Instant(hub.clock.now + LEASE_MS)
    assert not do_next(hub.node, GOES_ON)
    view = show_intake(hub.node, OWNER, ShowIntakeRequest(id=begun.id)).view
    assert view.state == "failed" and "its worker ended" in view.error


def test_work_of_a_newer_version_is_left_for_it(hub: Freedonia) -> None:
    with hub.node.store.write() as tx:
        work.add_job(tx, "something newer", b"?", hub.clock.now)
    assert do_next(hub.node, GOES_ON) and not do_next(hub.node, GOES_ON)
    with hub.node.store.read() as tx:
        assert [kind for _, kind, _ in work.dead_letters(tx, "jobs")] == ["something newer"]


def test_a_job_that_cannot_be_read_ends_and_the_next_is_done(hub: Freedonia) -> None:
    with hub.node.store.write() as tx:
        work.add_job(tx, JOB, b"\xc1", hub.clock.now)
    hub.later(1)
    begun = begin_intake(hub.node, OWNER, many(2))
    for _ in range(MOST_TRIES + 2):
        with suppress(msgspec.DecodeError):
            do_next(hub.node, GOES_ON)
        hub.clock.now = Instant(hub.clock.now + LONGEST_WAIT_MS)
    assert show_intake(hub.node, OWNER, ShowIntakeRequest(id=begun.id)).view.state == "done"
    with hub.node.store.read() as tx:
        assert work.dead_letters(tx, "jobs") == []
