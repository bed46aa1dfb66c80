import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import ReleaseRequest

REQUEST = reference.example(ReleaseRequest)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("leaves", []),
        ("leaves", ["ab"]),
        ("leaves", ["ab" * 32] * 1_001),
        ("to", "freedonia-csirt"),
        ("to", "ruritania-csirt"),
        ("to", "../x"),
        ("of", ""),
        ("item", ""),
        ("reason", ""),
        ("reason", "x" * 8_001),
    ],
)
def test_a_request_is_well_formed_and_for_a_third_party(field: str, value: object) -> None:
    with pytest.raises(RecordRejected, match=rf"\$\.{field}"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(REQUEST), field: value}))


def test_a_request_is_read_as_it_was_written() -> None:
    assert codec.decode(codec.encode(REQUEST)) == REQUEST
