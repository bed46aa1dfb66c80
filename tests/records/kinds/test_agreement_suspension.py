"""Tests the act by which an agreement rests: its times, and whose it is."""

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import AgreementSuspension
from comity.records.reference import example

REST = example(AgreementSuspension)


def test_a_rest_may_be_open_or_end_after_it_starts() -> None:
    for ends_at in (None, "2031-03-01T12:00:00.001Z"):
        rest = replace(REST, starts_at="2031-03-01T12:00:00.000Z", ends_at=ends_at)
        assert codec.decode(codec.encode(rest)) == rest


@pytest.mark.parametrize(
    "said",
    [
        {"starts_at": "2031-02-30T00:00:00Z"},
        {"ends_at": "2031-02-30T00:00:00Z"},
        {"starts_at": "2031-03-01T12:00:00Z", "ends_at": "2031-03-01T12:00:00Z"},
        {"party": "northwind-energy"},
        {"recorded_by": "freedonia-csirt", "party": None},
    ],
)
def test_times_on_no_calendar_or_in_the_wrong_order_and_anothers_rest_are_refused(said: dict[str, str]) -> None:
    sound = {"starts_at": "2031-01-01T00:00:00Z", "ends_at": None, "party": None, "recorded_by": None}
    with pytest.raises(RecordRejected):
        codec.encode(replace(REST, **{**sound, **said}))
