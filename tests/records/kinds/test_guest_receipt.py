import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import GuestReceipt

RECEIPT = reference.example(GuestReceipt)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("party", "freedonia-csirt"),
        ("party", "../x"),
        ("level", "stored"),
        ("of", []),
        ("of", ["ab"]),
        ("of", ["ab" * 32] * 1_001),
        ("about", ""),
        ("by", ""),
        ("until", "2031-03-08T12:00:00.000Z"),
        ("until", "tomorrow"),
    ],
)
def test_it_speaks_of_something_for_another_party_by_an_office(field: str, value: object) -> None:
    with pytest.raises(RecordRejected, match=rf"\$\.{field}"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(RECEIPT), field: value}))


@pytest.mark.parametrize(("level", "field"), [("declined", "reason"), ("need-time", "until")])
def test_a_refusal_has_a_reason_and_a_delay_has_an_end(level: str, field: str) -> None:
    with pytest.raises(RecordRejected, match=rf"\$\.{field}"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(RECEIPT), "level": level}))


def test_it_is_read_as_it_was_written() -> None:
    assert codec.decode(codec.encode(RECEIPT)) == RECEIPT
