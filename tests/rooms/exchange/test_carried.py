"""Tests that of what others passed on only that counts as its originator's which leads to the signed root."""

import base64
import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.kinds import ItemSet
from comity.records.sets import MadeSet, commitment, make_set, shared_nodes
from comity.records.sidecar import CarriedItem, Entry, node_text
from comity.rooms.exchange.carried import Carried, judge_carried, judge_passed_on
from comity.values import PartyName

BODIES = [b'{"n":%d}' % n for n in range(5)]
SALTS = [bytes([n]) * 16 for n in range(5)]
MADE: MadeSet = make_set(
    [commitment(salt, hashlib.sha256(body).digest()) for salt, body in zip(SALTS, BODIES, strict=True)], bytes(32)
)
SET = ItemSet(
    rid="01000000-0000-7000-8000-000000000000",
    issuer=PartyName("freedonia-csirt"),
    at="2031-03-01T12:00:00.000Z",
    exercise=False,
    root=MADE.root.hex(),
    size=MADE.size,
)


def entry(n: int, **more: object) -> Entry:
    said = {"leaf": n, "salt": SALTS[n].hex(), "place": MADE.places[n], "bytes": base64.b64encode(BODIES[n]).decode()}
    return Entry(**{**said, **more})  # type: ignore[arg-type]


def nodes_for(*numbers: int) -> str:
    return node_text(shared_nodes(MADE.levels, [MADE.places[n] for n in numbers]))


@given(st.sets(st.integers(0, 4), min_size=1))
def test_any_part_of_a_set_proves_itself(numbers: set[int]) -> None:
    told = judge_carried(SET, [entry(n) for n in sorted(numbers)], nodes_for(*numbers))
    assert told == tuple(Carried(MADE.places[n], BODIES[n]) for n in sorted(numbers))


def test_what_is_not_said_to_be_of_the_set_is_not_among_it() -> None:
    others = [entry(1, place=None), entry(2, salt=None), entry(3, bytes=None)]
    assert judge_carried(SET, [entry(0), *others], nodes_for(0)) == (Carried(MADE.places[0], BODIES[0]),)
    assert judge_carried(SET, others, "") == ()


@pytest.mark.parametrize(
    "change",
    [
        {"bytes": base64.b64encode(BODIES[1]).decode()},
        {"salt": SALTS[1].hex()},
        {"place": MADE.places[1]},
        {"place": 1000},
        {"bytes": "e30"},
    ],
)
def test_what_does_not_lead_to_the_root_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(RecordRejected):
        judge_carried(SET, [entry(0, **change)], nodes_for(0))


def test_a_place_that_stands_twice_another_root_and_other_nodes_are_refused() -> None:
    with pytest.raises(RecordRejected):
        judge_carried(SET, [entry(0), entry(0)], nodes_for(0))
    with pytest.raises(RecordRejected):
        judge_carried(msgspec.structs.replace(SET, root="00" * 32), [entry(0)], nodes_for(0))
    with pytest.raises(RecordRejected):
        judge_carried(SET, [entry(0)], nodes_for(1))


def passed_on(*numbers: int) -> list[CarriedItem]:
    return [CarriedItem(entry=at, salt=SALTS[n].hex(), place=MADE.places[n]) for at, n in enumerate(numbers)]


@given(st.sets(st.integers(0, 4), min_size=1))
def test_what_is_passed_on_proves_itself_by_the_bytes_that_came(numbers: set[int]) -> None:
    digests = [hashlib.sha256(BODIES[n]).digest() for n in sorted(numbers)]
    levels = judge_passed_on(SET, passed_on(*sorted(numbers)), digests, nodes_for(*numbers))
    assert levels[-1] == {0: MADE.root}


def test_of_other_bytes_or_of_no_object_nothing_is_proved() -> None:
    other = [hashlib.sha256(b"other").digest()]
    for digests in (other, []):
        with pytest.raises(RecordRejected, match="bad-proof"):
            judge_passed_on(SET, passed_on(0), digests, nodes_for(0))
