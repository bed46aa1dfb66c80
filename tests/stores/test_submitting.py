"""Tests what is kept of objects on their way to an outlet, on every store."""

from comity.stores import submitting
from comity.stores.opening import Store
from comity.stores.submitting import DOUBLE, FAILED, PENDING, TAKEN, UNKNOWN, WAITING, Line
from comity.values import Instant
from tests.stores.test_outlets import an_outlet

NOW = Instant(1_900_000_000_000)
ROWS = [(n, bytes([n]) * 32) for n in range(1, 6)]


def test_a_batch_is_noted_as_unsure_before_it_goes_and_as_before_if_it_stayed(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        submitting.put_in_line(tx, no, ROWS, NOW)
        (batch,) = submitting.batches_of(tx, no)
        submitting.note_going(tx, batch.no, NOW)
        (going,) = submitting.batches_of(tx, no)
        assert (going.tries, going.unsure, going.posted_ms) == (1, True, NOW)
        submitting.note_stayed(tx, batch)
        assert submitting.batches_of(tx, no) == [batch]


def test_a_batch_is_parted_in_two_that_hold_the_same_objects(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        submitting.put_in_line(tx, no, ROWS, NOW)
        (batch,) = submitting.batches_of(tx, no)
        submitting.part(tx, batch._replace(unsure=True), 2, NOW)
        first, second = submitting.batches_of(tx, no)
        assert [(one.tries, one.unsure) for one in (first, second)] == [(2, True)] * 2
        parts = [[line.item_no for line in submitting.lines_of(tx, one.no)] for one in (first, second)]
        assert parts == [[1, 2, 3], [4, 5]]


def test_what_was_tried_least_goes_first(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        submitting.put_in_line(tx, no, ROWS[:1], NOW)
        (first,) = submitting.batches_of(tx, no)
        submitting.note_going(tx, first.no, NOW)
        submitting.put_in_line(tx, no, ROWS[1:], NOW)
        assert [one.tries for one in submitting.batches_of(tx, no)] == [0, 1]


def test_what_is_settled_leaves_its_batch_and_is_counted(store: Store) -> None:
    with store.write() as tx:
        row = an_outlet(tx)
        submitting.put_in_line(tx, row.no, ROWS, NOW)
        (batch,) = submitting.batches_of(tx, row.no)
        states = (TAKEN, PENDING, FAILED, UNKNOWN)
        lines = [Line(item, state, digest, "no") for (item, digest), state in zip(ROWS, states, strict=False)]
        submitting.note_lines(tx, row.no, lines, NOW)
        assert [line.item_no for line in submitting.lines_of(tx, batch.no)] == [2, 5]
        submitting.note_differing(tx, row.no, [1])
        found = submitting.tally(tx, row, NOW)
        assert found.by_state == {TAKEN: 1, PENDING: 1, FAILED: 1, UNKNOWN: 1, WAITING: 1}
        # None of these items is held at all: whatever may be there may no longer be had.
        assert (found.differing, found.ended, found.words) == (1, 3, "no")
        submitting.finish(tx, batch.no)
        assert submitting.batches_of(tx, row.no) == []


def test_what_failed_goes_in_line_again_unless_it_was_erased(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        submitting.put_aside(tx, no, [Line(item, FAILED, digest, "no") for item, digest in ROWS], NOW)
        submitting.put_aside(tx, no, [Line(9, DOUBLE, bytes(32), "no")], NOW)
        submitting.forget_content(tx, [2])
        assert submitting.known(tx, no, [2])[2] == Line(2, FAILED, bytes(32), "")
        assert submitting.try_again(tx, no, 3, NOW) == 4
        assert [len(submitting.lines_of(tx, one.no)) for one in submitting.batches_of(tx, no)] == [3, 1]
        assert submitting.try_again(tx, no, 3, NOW) == 0


def test_outlets_are_found_by_what_may_lie_there(store: Store) -> None:
    with store.write() as tx:
        row = an_outlet(tx)
        submitting.put_in_line(tx, row.no, ROWS, NOW)
        assert submitting.outlets_with(tx, [1, 2]) == []
        submitting.note_lines(tx, row.no, [Line(2, TAKEN, bytes(32))], NOW)
        assert [named.party for named in submitting.outlets_with(tx, [1, 2])] == ["elbonia"]


def test_where_and_when_to_ask_is_kept(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        submitting.put_in_line(tx, no, ROWS, NOW)
        (batch,) = submitting.batches_of(tx, no)
        submitting.await_status(tx, batch.no, "https://peer.example/status/1/", 3, Instant(NOW + 5))
        (found,) = submitting.batches_of(tx, no)
        assert (found.status_url, found.tries, found.due_ms) == ("https://peer.example/status/1/", 3, NOW + 5)
