"""Tests the numbers of every store: given once, without a gap, by one sequencer at a time."""

import pytest

from comity.errors import Conflict
from comity.stores import numbering
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
