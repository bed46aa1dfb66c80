"""Tests the statement of renditions: each item once, with its digest."""

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import Renditions
from comity.records.reference import example

SAID = example(Renditions)
DIGEST = "ab" * 32


def test_each_item_stands_once_with_its_digest() -> None:
    codec.encode(replace(SAID, places=(3, 0), digests=(DIGEST, DIGEST)))
    for places, digests in (((0, 0), (DIGEST, DIGEST)), ((0, 1), (DIGEST,)), ((), ()), ((1000,), (DIGEST,))):
        with pytest.raises(RecordRejected):
            codec.encode(replace(SAID, places=places, digests=digests))
