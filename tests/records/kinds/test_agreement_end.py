import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import AgreementEnd
from comity.values import PartyName

END = reference.example(AgreementEnd)
RURITANIA = PartyName("ruritania-csirt")


def test_an_agreement_ends_for_all_or_for_one_party() -> None:
    assert isinstance(END, AgreementEnd)
    assert END.party is None
    own = msgspec.structs.replace(END, party=END.issuer, reason="withdrawal")
    assert codec.decode(codec.encode(own)) == own


def test_another_partys_notice_is_recorded_with_evidence() -> None:
    with pytest.raises(RecordRejected):
        msgspec.structs.replace(END, party=RURITANIA)
    noted = msgspec.structs.replace(END, party=RURITANIA, recorded_by=END.issuer, evidence="Notice of 3 March")
    assert codec.decode(codec.encode(noted)) == noted


@pytest.mark.parametrize(("field", "value"), [("reason", "boredom"), ("ends_at", "2031-03-01"), ("sha256", None)])
def test_reason_time_and_text_are_exact(field: str, value: object) -> None:
    with pytest.raises(RecordRejected) as refused:
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(END), field: value}))
    assert refused.value.path == f"$.{field}"


def test_an_end_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected):
        msgspec.structs.replace(END, ends_at="2031-13-01T00:00:00Z")
