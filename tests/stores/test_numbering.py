"""Tests the numbers of every store: given once, without a gap, by one sequencer at a time."""

import pytest

from comity.errors import Conflict
from comity.stores import keeping, numbering
from comity.stores.opening import Store


def test_records_are_numbered_once_and_without_a_gap(store: Store) -> None:
    with store.write() as tx:
        numbering.seize(tx, 1)
        assert numbering.last_numbered(tx) == 0
        assert numbering.number(tx, 1, 1, 3) == 3
        assert numbering.number(tx, 1, 4, 2) == 5
        assert numbering.last_numbered(tx) == 5


def test_a_sequencer_that_was_outdone_can_number_nothing(store: Store) -> None:
    with store.write() as tx:
        assert numbering.epoch_now(tx) == 0
        numbering.seize(tx, 1)
        numbering.number(tx, 1, 1, 3)
    with store.write() as tx:
        numbering.seize(tx, 2)
        assert numbering.epoch_now(tx) == 2
    with pytest.raises(Conflict), store.write() as tx:
        numbering.number(tx, 1, 4, 1)
    with store.write() as tx:
        assert numbering.number(tx, 2, 4, 1) == 4


def test_new_records_that_follow_each_other_are_asked_for_together(store: Store) -> None:
    marks = [("new", 1, 3), ("new", 4, 4), ("again", 2, 2), ("new", 5, 6), ("new", 8, 9), ("new", 10, 20_000)]
    with store.write() as tx:
        for kind, first, last in (*marks, ("new", 20_001, 20_001)):
            keeping.mark(tx, kind, first, last)
    asked = []
    with store.write() as tx:
        while (queued := numbering.next_queued(tx)) is not None:
            asked.append((queued.kind, queued.first_no, queued.last_no))
            numbering.done(tx, queued)
    # Another kind stands between, a number is missing, and what is long enough is a step of its own.
    assert asked == [
        ("new", 1, 4), ("again", 2, 2), ("new", 5, 6), ("new", 8, 9), ("new", 10, 20_000), ("new", 20_001, 20_001)
    ]  # fmt: skip


def test_what_cannot_be_done_yet_waits_behind_all_of_another_kind(store: Store) -> None:
    with store.write() as tx:
        for kind, first in (("marking", 1), ("marking", 2), ("new", 3), ("view", 4)):
            keeping.mark(tx, kind, first, first)
    asked = []
    with store.write() as tx:
        while (queued := numbering.next_queued(tx)) is not None:
            if queued.kind != "marking":
                asked.append((queued.kind, queued.first_no))
                numbering.done(tx, queued)
            elif not numbering.put_behind(tx, queued):
                break
        left = []
        while (queued := numbering.next_queued(tx)) is not None:
            left.append((queued.kind, queued.first_no))
            numbering.done(tx, queued)
    assert (asked, left) == ([("new", 3), ("view", 4)], [("marking", 1), ("marking", 2)])
