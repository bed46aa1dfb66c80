"""Tests the signature of a set: a size that a set can have."""

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import ItemSet
from comity.records.reference import example

SET = example(ItemSet)


def test_sizes_are_powers_of_two_in_range() -> None:
    for size in (16, 1024):
        codec.encode(replace(SET, size=size))
    for size in (0, 8, 24, 2048, -16):
        with pytest.raises(RecordRejected):
            codec.encode(replace(SET, size=size))
