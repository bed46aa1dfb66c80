import msgspec
import pytest

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.kinds import ReleaseGrant

GRANT = reference.example(ReleaseGrant)


def test_a_grant_of_nothing_is_refused() -> None:
    with pytest.raises(RecordRejected) as refused:
        msgspec.structs.replace(GRANT, ids=(), digests=())
    assert refused.value.path == "$.ids"


def test_items_may_be_named_by_digest_alone() -> None:
    exact = msgspec.structs.replace(GRANT, ids=(), digests=("ab" * 32,))
    assert codec.decode(codec.encode(exact)) == exact


def test_versions_may_be_named_by_leaf_alone_and_acts_of_before_are_read() -> None:
    by_leaf = msgspec.structs.replace(GRANT, ids=(), leaves=("ab" * 32,))
    assert codec.decode(codec.encode(by_leaf)) == by_leaf
    before = msgspec.to_builtins(GRANT)
    del before["leaves"]
    read = codec.decode(msgspec.json.encode(before | {"to": ["ruritania-csirt", "northwind-energy"]}))
    assert isinstance(read, ReleaseGrant) and (read.leaves, len(read.to)) == ((), 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("to", []), ("to", ["Ruritania"]), ("digests", ["xyz"]), ("ids", [""]), ("ids", "a"), ("until", "soon")],
)
def test_items_and_parties_are_well_formed(field: str, value: object) -> None:
    with pytest.raises(RecordRejected, match=rf"\$\.{field}"):
        codec.decode(msgspec.json.encode({**msgspec.to_builtins(GRANT), field: value}))


def test_a_limit_on_no_calendar_is_refused() -> None:
    with pytest.raises(RecordRejected):
        msgspec.structs.replace(GRANT, until="2031-02-29T00:00:00Z")
