import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import Agreement

TEXT = reference.example(Agreement)


def test_a_digest_that_is_not_the_texts_is_refused() -> None:
    assert isinstance(TEXT, Agreement)
    for changed in (TEXT.text + " ", TEXT.text.replace("\n", "\r\n"), TEXT.text.upper()):
        with pytest.raises(RecordRejected) as refused:
            msgspec.structs.replace(TEXT, text=changed)
        assert (refused.value.reason, refused.value.path) == ("digest-mismatch", "$.sha256")


def test_a_digest_is_written_in_lower_case() -> None:
    assert isinstance(TEXT, Agreement)
    payload = msgspec.json.encode({**msgspec.to_builtins(TEXT), "sha256": TEXT.sha256.upper()})
    with pytest.raises(RecordRejected) as refused:
        codec.decode(payload)
    assert refused.value.path == "$.sha256"


@pytest.mark.parametrize("identifier", ["", "Free", "a b", "../x", "a--b", "a" * 121, "a\n"])
def test_an_identifier_is_plain(identifier: str) -> None:
    with pytest.raises(RecordRejected, match=r"\$\.agreement"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(TEXT), "agreement": identifier}))
