import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.base import check_moment, check_recorded, kind_of
from comity.records.kinds import KINDS, Act, Erasure
from comity.values import PartyName
from tests.support.acts import PARTIES


def changed(act: Act, **fields: object) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(act), **fields})


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rid", "01f2a3b4-c5d6-4e8f-9a0b-1c2d3e4f5a6b"),  # version 4
        ("rid", "01F2A3B4-C5D6-7E8F-9A0B-1C2D3E4F5A6B"),
        ("issuer", "Freedonia CSIRT"),
        ("issuer", "freedonia-csirt\n"),
        ("issuer", "a" * 81),
        ("at", "2031-03-01T12:00:00"),
        ("at", "2031-03-01T12:00:00+02:00"),
        ("at", "2031-02-30T12:00:00Z"),
        ("at", "２031-03-01T12:00:00Z"),
        ("exercise", 1),
        ("exercise", None),
        ("re", ["00"]),
        ("re", "00"),
    ],
)
def test_every_kind_refuses_a_bad_common_field_and_names_it(kind: type[Act], field: str, value: object) -> None:
    with pytest.raises(RecordRejected) as refused:
        codec.decode(changed(reference.example(kind), **{field: value}))
    assert refused.value.reason == "bad-field"
    assert refused.value.path.startswith(f"$.{field}")


@pytest.mark.parametrize("field", ["rid", "issuer", "at", "exercise"])
def test_a_common_field_cannot_be_left_out(field: str) -> None:
    fields = msgspec.to_builtins(reference.example(Erasure))
    del fields[field]
    with pytest.raises(RecordRejected, match=field):
        codec.decode(msgspec.json.encode(fields))


def test_the_kind_is_read_off_the_act_and_off_its_type() -> None:
    assert kind_of(Erasure) == kind_of(reference.example(Erasure)) == "x-comity-erasure"


def test_an_absent_moment_is_fine() -> None:
    check_moment("$.until", None)


def test_a_party_speaks_for_itself_or_the_recorder_shows_its_evidence() -> None:
    freedonia, ruritania, northwind = PARTIES
    check_recorded(freedonia, freedonia, None, None)
    check_recorded(freedonia, ruritania, freedonia, "Note of 1 March")
    refused: list[tuple[PartyName, PartyName | None, str | None]] = [
        (freedonia, freedonia, "Note"),
        (ruritania, None, "Note"),
        (ruritania, northwind, "Note"),
        (ruritania, freedonia, None),
        (ruritania, freedonia, ""),
    ]
    for party, recorded_by, evidence in refused:
        with pytest.raises(RecordRejected):
            check_recorded(freedonia, party, recorded_by, evidence)
