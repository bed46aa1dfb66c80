"""Tests that a gate stands open exactly while all that its key names is permitted, and until the soonest end."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from comity.desk.gates import REVOKED_GATE, all_of, any_of, classes_in, gate_until, gates_in
from comity.rooms.release.engine import Decision
from comity.stores.policies import FOR_EVER
from comity.values import Instant

OPEN = Decision(outcome="permitted", clauses=("a/1",))
SOON = Decision(outcome="permitted", clauses=("a/2",), valid_until=Instant(500))
SHUT = Decision(outcome="forbidden", clauses=("a/3",))
SILENT = Decision(outcome="silent", companion=True)
RULED: Mapping[int, Decision] = {1: OPEN, 2: SOON, 3: SHUT, 4: SILENT}


def test_all_classes_must_be_permitted_and_the_soonest_end_counts() -> None:
    assert gate_until(all_of([1]), RULED, {}) == FOR_EVER
    assert gate_until(all_of([2, 1]), RULED, {}) == 500
    assert gate_until(all_of([1, 3]), RULED, {}) is None
    assert gate_until(all_of([1, 9]), RULED, {}) is None


def test_a_gate_through_another_needs_that_one_open() -> None:
    keys = {7: all_of([2]), 8: all_of([3])}
    assert gate_until(all_of([1], through=[7]), RULED, keys) == 500
    assert gate_until(all_of([1], through=[7, 8]), RULED, keys) is None


def test_a_companion_comes_through_any_open_gate_unless_it_is_forbidden_itself() -> None:
    keys = {5: all_of([3]), 6: all_of([2]), 7: all_of([1])}
    assert gate_until(any_of(4, [5]), RULED, keys) is None
    assert gate_until(any_of(4, [5, 6]), RULED, keys) == 500
    assert gate_until(any_of(4, [6, 7]), RULED, keys) == FOR_EVER
    assert gate_until(any_of(3, [7]), RULED, keys) is None


def test_a_revocation_stands_open() -> None:
    assert gate_until(REVOKED_GATE, {}, {}) == FOR_EVER


@given(st.lists(st.integers(1, 10_000), min_size=1), st.lists(st.integers(1, 10_000)))
def test_a_key_reads_back_whatever_the_order_it_was_made_in(classes: list[int], gates: list[int]) -> None:
    key = all_of(classes, through=gates)
    assert key == all_of(reversed(classes), through=reversed(gates))
    assert (classes_in(key), gates_in(key)) == (tuple(sorted(set(classes))), tuple(sorted(set(gates))))
