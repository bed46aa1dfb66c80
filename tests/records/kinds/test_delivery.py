"""Tests the statement of a delivery: its chain, its stretch, its leaves and the clauses of each."""

import base64

import pytest
from msgspec.structs import replace

from comity.errors import RecordRejected
from comity.records import codec
from comity.records.dsse import LARGEST_PAYLOAD_BYTES
from comity.records.kinds import Delivery
from comity.records.kinds.delivery import MOST_ITEMS, leaf_text
from comity.records.reference import example

STATEMENT = example(Delivery)
LEAVES = [bytes([n]) * 32 for n in range(3)]


def test_leaves_are_read_as_they_were_written() -> None:
    said = replace(STATEMENT, leaves=leaf_text(LEAVES), basis=("a/1", "a/2"), basis_of=((0,), (0, 1), ()))
    read = codec.decode(codec.encode(said))
    assert isinstance(read, Delivery)
    assert read.leaf_list() == LEAVES


def test_the_largest_statement_fits_an_envelope() -> None:
    said = replace(
        STATEMENT,
        leaves=leaf_text([bytes([n % 256]) * 32 for n in range(MOST_ITEMS)]),
        basis=tuple(f"agreement-{n}/{n}" for n in range(200)),
        basis_of=tuple((n % 200, (n + 1) % 200) for n in range(MOST_ITEMS)),
    )
    assert len(codec.encode(said)) < LARGEST_PAYLOAD_BYTES // 4


@pytest.mark.parametrize(
    "said",
    [
        {"seq": 0},
        {"seq": 2},
        {"prev": "1" * 64},
        {"upto": -1},
        {"after": 1930219200000},
        {"leaves": "####"},
        {"leaves": base64.b64encode(bytes(31)).decode()},
        {"leaves": base64.b64encode(bytes(32)).decode().rstrip("=")},
        {"leaves": base64.b64encode(bytes(64)).decode()},
        {"basis_of": ((1,),)},
        {"basis_of": ()},
        {"basis_of": ((-1,),)},
        {"to": "Ruritania"},
        {"handling": "5"},
        {"handling": "11"},
        {"handling": "1\n"},
    ],
)
def test_what_is_no_statement_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(RecordRejected):
        codec.encode(replace(STATEMENT, **said))
