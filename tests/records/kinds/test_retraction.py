import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import RetractedItem, Retraction

BACK = reference.example(Retraction)


def test_an_item_is_taken_back_in_all_versions_one_version_or_exact_bytes() -> None:
    items = (
        RetractedItem(id="indicator--1"),
        RetractedItem(id="indicator--1", version="2031-02-01T00:00:00.123456Z"),
        RetractedItem(id="not even an id", sha256="ab" * 32),
    )
    act = msgspec.structs.replace(BACK, items=items)
    assert codec.decode(codec.encode(act)) == act


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("items", []),
        ("items", [{"version": "x"}]),
        ("items", [{"id": "a", "sha256": "b"}]),
        ("reason", ""),
        ("reason", None),
    ],
)
def test_what_and_why_are_said(field: str, value: object) -> None:
    with pytest.raises(RecordRejected, match=rf"\$\.{field}"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(BACK), field: value}))


def test_a_deadline_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected):
        msgspec.structs.replace(BACK, deadline="2031-06-31T00:00:00Z")
