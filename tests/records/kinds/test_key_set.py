import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, stated

ROOT = a_signer(50)


def test_a_key_set_reads_back() -> None:
    one = a_key_set(ROOT, stated(60, valid_until="2032-03-01T12:00:00Z"), stated(61, use="log"))
    assert codec.decode(codec.encode(one)) == one


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ((stated(60, valid_until="2031-03-01T12:00:00.000Z"),), "$.keys[0].valid_until"),
        ((stated(60), stated(61, valid_from="2031-02-30T00:00:00Z")), "$.keys[1].valid_from"),
        ((stated(60, suspect_from="2031-13-01T00:00:00Z"),), "$.keys[0].suspect_from"),
        ((stated(60), stated(60, use="log")), "$.keys[1].public"),
        ((stated(50),), "$.keys[0].public"),
    ],
)
def test_a_key_that_cannot_be_meant_is_refused(keys: tuple[object, ...], path: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        a_key_set(ROOT, *keys)  # type: ignore[arg-type]  # parametrised
    assert refused.value.path == path


@pytest.mark.parametrize("fields", [{"serial": 0}, {"serial": -1}, {"serial": 2**53}, {"keys": []}, {"serial": 1.5}])
def test_a_serial_counts_from_one_and_some_key_is_stated(fields: dict[str, object]) -> None:
    payload = msgspec.json.encode({**msgspec.to_builtins(a_key_set(ROOT)), **fields})
    with pytest.raises(RecordRejected):
        codec.decode(payload)
