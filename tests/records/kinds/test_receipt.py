"""Tests receipts: a node says only what it stored, everything else is an officer's, with office, reason or date."""

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.kinds import Receipt
from comity.records.reference import example

STORED = example(Receipt)
OFFICER = "Duty officer, Ruritania CSIRT"


@pytest.mark.parametrize(
    "said",
    [
        {"level": "stored"},
        {"level": "seen", "by": OFFICER},
        {"level": "accepted", "by": OFFICER},
        {"level": "declined", "by": OFFICER, "reason": "Not ours."},
        {"level": "need-time", "by": OFFICER, "until": "2031-03-02T12:00:00Z"},
    ],
)
def test_each_level_says_what_it_needs(said: dict[str, str]) -> None:
    act = replace(STORED, **said)
    assert codec.decode(codec.encode(act)) == act


@pytest.mark.parametrize(
    "said",
    [
        {"level": "stored", "by": OFFICER},
        {"level": "seen"},
        {"level": "accepted"},
        {"level": "declined", "by": OFFICER},
        {"level": "need-time", "by": OFFICER},
        {"level": "accepted", "by": OFFICER, "until": "2031-03-02T12:00:00Z"},
        {"level": "need-time", "by": OFFICER, "until": "2031-02-30T12:00:00Z"},
        {"level": "read"},
        {"of": ()},
    ],
)
def test_what_says_too_little_or_too_much_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(RecordRejected):
        codec.encode(replace(STORED, **said))
