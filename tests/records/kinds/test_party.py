import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import Party
from comity.values import PartyName

AUTHORITY = reference.example(Party)


def test_an_authority_acts_for_its_state() -> None:
    assert isinstance(AUTHORITY, Party)
    assert AUTHORITY.acts_for == "freedonia"


@pytest.mark.parametrize(
    ("kind", "acts_for"), [("state", "freedonia"), ("company", "freedonia"), ("authority", "freedonia-csirt")]
)
def test_nobody_else_acts_for_a_state_and_no_one_for_itself(kind: str, acts_for: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        msgspec.structs.replace(AUTHORITY, kind=kind, acts_for=PartyName(acts_for))
    assert refused.value.path == "$.acts_for"


def test_keys_stand_under_a_root_key() -> None:
    with pytest.raises(RecordRejected) as refused:
        msgspec.structs.replace(AUTHORITY, root_key=None)
    assert refused.value.path == "$.root_key"


def test_a_party_that_only_reads_has_no_keys() -> None:
    reader = msgspec.structs.replace(AUTHORITY, root_key=None, keys=())
    assert codec.decode(codec.encode(reader)) == reader


@pytest.mark.parametrize("default", ["white", "AMBER", "amber_strict", 2])
def test_a_default_is_a_tlp_label_as_written(default: object) -> None:
    payload = msgspec.json.encode({**msgspec.to_builtins(AUTHORITY), "default_tlp": default})
    with pytest.raises(RecordRejected, match="default_tlp"):
        codec.decode(payload)
