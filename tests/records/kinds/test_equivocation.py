"""Tests the proof that a party said two things: two envelopes that differ."""

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import Equivocation
from comity.records.reference import example

PROOF = example(Equivocation)


def test_two_envelopes_that_differ_are_carried_and_one_alone_is_not() -> None:
    codec.encode(PROOF)
    with pytest.raises(RecordRejected):
        codec.encode(replace(PROOF, second=PROOF.first))
