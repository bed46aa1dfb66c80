import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import Adherence
from comity.values import PartyName

OWN = reference.example(Adherence)
RURITANIA = PartyName("ruritania-csirt")


def test_a_party_adheres_by_its_own_act() -> None:
    assert isinstance(OWN, Adherence)
    assert (OWN.issuer, OWN.recorded_by) == (OWN.party, None)


def test_another_partys_adherence_is_recorded_with_recorder_and_evidence() -> None:
    noted = msgspec.structs.replace(OWN, party=RURITANIA, recorded_by=OWN.issuer, evidence="Note verbale 12/2031")
    assert codec.decode(codec.encode(noted)) == noted
    for fields in ({"recorded_by": None}, {"evidence": None}, {"recorded_by": RURITANIA}):
        with pytest.raises(RecordRejected):
            msgspec.structs.replace(noted, **fields)


def test_a_start_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected) as refused:
        msgspec.structs.replace(OWN, effective_from="2031-04-31T00:00:00Z")
    assert refused.value.path == "$.effective_from"
