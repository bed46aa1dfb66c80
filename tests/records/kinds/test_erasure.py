"""Tests that an act of erasure names a deadline that exists, or none."""

import pytest

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import Erasure
from comity.values import PartyName


def an_erasure(deadline: str | None) -> Erasure:
    return Erasure(
        rid="01890000-0000-7000-8000-000000000001",
        issuer=PartyName("freedonia-csirt"),
        at="2031-03-01T12:00:00.000Z",
        exercise=True,
        items=("ab" * 32,),
        leaves=("cd" * 32,),
        reason="Court order.",
        ordered_by="Court",
        deadline=deadline,
    )


def test_an_erasure_is_read_as_it_was_written() -> None:
    act = an_erasure("2031-03-08T12:00:00.000Z")
    assert codec.decode(codec.encode(act)) == act


def test_a_deadline_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected, match="deadline"):
        an_erasure("2031-02-30T12:00:00.000Z")
