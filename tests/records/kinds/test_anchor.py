import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec
from tests.support.acts import a_signer
from tests.support.anchors import an_anchor

ROOT = a_signer(50)


def test_only_an_authority_acts_for_a_state_and_not_for_itself() -> None:
    for fields in ({"kind": "state"}, {"acts_for": "elbonia-csirt"}):
        with pytest.raises(RecordRejected) as refused:
            an_anchor(ROOT, **fields)
        assert refused.value.path == "$.acts_for"


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://a.example/",
        "https://",
        "https://a b/",
        "https://a.example/\n",
        "javascript:alert(1)",
        "https://\u0430.example/",
    ],
)
def test_an_endpoint_is_a_plain_web_address(endpoint: str) -> None:
    payload = msgspec.json.encode({**msgspec.to_builtins(an_anchor(ROOT)), "endpoints": [endpoint]})
    with pytest.raises(RecordRejected) as refused:
        codec.decode(payload)
    assert refused.value.path.startswith("$.endpoints")


def test_a_validity_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected, match="valid_until"):
        an_anchor(ROOT, valid_until="2031-02-30T00:00:00Z")
