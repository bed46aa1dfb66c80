"""Tests sets of items: any part of a set leads to its root, nothing else does, and places and size tell nothing."""

import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.sets import LARGEST, commitment, grown, joined, make_set, packed, shared_nodes, unpacked

SEED = bytes(range(32))


def leaves_of(count: int) -> list[bytes]:
    return [commitment(n.to_bytes(16, "big"), hashlib.sha256(b"%d" % n).digest()) for n in range(count)]


def root_of(laid: list[bytes]) -> bytes:
    """RFC 6962 §2.1 word for word, over leaves that are hashes already."""
    if len(laid) == 1:
        return laid[0]
    half = len(laid) // 2
    return hashlib.sha256(b"\x01" + root_of(laid[:half]) + root_of(laid[half:])).digest()


@given(st.integers(1, 70), st.binary(min_size=32, max_size=32), st.data())
@settings(max_examples=60)
def test_any_part_of_a_set_leads_to_its_root(count: int, seed: bytes, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    made = make_set(leaves, seed)
    assert made.root == root_of(list(made.levels[0]))
    part = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    mine = {made.places[n]: leaves[n] for n in part}
    nodes = shared_nodes(made.levels, mine)
    levels = grown(mine, made.size, nodes)
    assert levels[-1] == {0: made.root}
    known = unpacked(packed(levels, made.size), made.size)
    smaller = data.draw(st.sets(st.sampled_from(sorted(mine)), min_size=1))
    passed_on = grown({place: mine[place] for place in smaller}, made.size, shared_nodes(known, smaller))
    assert passed_on[-1] == {0: made.root}, "who received a part can prove each item of it to others"


@given(st.data())
@settings(max_examples=60)
def test_another_leaf_place_or_node_leads_elsewhere(data: st.DataObject) -> None:
    leaves = leaves_of(20)
    made = make_set(leaves, SEED)
    part = data.draw(st.sets(st.integers(0, 19), min_size=1, max_size=19))
    mine = {made.places[n]: leaves[n] for n in part}
    nodes = list(shared_nodes(made.levels, mine))
    what = data.draw(st.sampled_from(["leaf", "place", "node", "missing", "more"]))
    if what == "leaf":
        place = data.draw(st.sampled_from(sorted(mine)))
        mine[place] = commitment(bytes(16), bytes(32))
    elif what == "place":
        place = data.draw(st.sampled_from(sorted(mine)))
        other = data.draw(st.integers(0, made.size - 1).filter(lambda n: n not in mine))
        mine[other] = mine.pop(place)
    elif what == "node":
        nodes[data.draw(st.integers(0, len(nodes) - 1))] = bytes(32)
    elif what == "missing":
        nodes.pop()
    else:
        nodes.append(bytes(32))
    try:
        levels = grown(mine, made.size, nodes)
    except RecordRejected as refused:
        assert refused.reason == "bad-proof"
        return
    assert levels[-1] != {0: made.root}


@pytest.mark.parametrize("size", [0, 1, 8, 15, 17, 2048, -16])
def test_a_size_that_no_set_has_is_refused(size: int) -> None:
    with pytest.raises(RecordRejected):
        grown({0: bytes(32)}, size, [])


@pytest.mark.parametrize("leaves", [{}, {-1: bytes(32)}, {16: bytes(32)}])
def test_places_that_no_set_has_are_refused(leaves: dict[int, bytes]) -> None:
    with pytest.raises(RecordRejected):
        grown(leaves, 16, [bytes(32)] * 4)


def test_a_set_is_padded_and_shuffled_and_holds_so_many() -> None:
    assert [make_set(leaves_of(n), SEED).size for n in (1, 16, 17, 1000, LARGEST)] == [16, 16, 32, 1024, 1024]
    assert make_set(leaves_of(100), SEED).places != make_set(leaves_of(100), bytes(32)).places
    assert make_set(leaves_of(100), SEED) == make_set(leaves_of(100), SEED)
    for count in (0, LARGEST + 1):
        with pytest.raises(ValueError, match="1 to 1024"):
            make_set(leaves_of(count), SEED)


def test_a_leaf_is_opened_by_its_salt_alone() -> None:
    assert commitment(bytes(16), bytes(32)) != commitment(b"\x01" * 16, bytes(32))
    assert commitment(bytes(16), bytes(32)) != commitment(bytes(16), b"\x01" * 32)


def test_a_node_that_is_not_known_cannot_be_given() -> None:
    made = make_set(leaves_of(3), SEED)
    mine = {made.places[0]: leaves_of(3)[0]}
    known = unpacked(packed(grown(mine, made.size, shared_nodes(made.levels, mine)), made.size), made.size)
    hidden = next(place for place, node in enumerate(known[0]) if node is None)
    with pytest.raises(ValueError, match="not known"):
        shared_nodes(known, [hidden])


def test_a_thousand_items_take_little_time() -> None:
    leaves = leaves_of(1000)
    made = make_set(leaves, SEED)
    mine = dict(zip(made.places, leaves, strict=True))
    started = time.process_time()
    grown(mine, made.size, shared_nodes(made.levels, mine))
    assert time.process_time() - started < 1, "tens of milliseconds are usual"


def test_what_two_know_of_one_tree_is_joined() -> None:
    made = make_set([bytes([n]) * 32 for n in range(1, 5)], bytes(32))
    known = [packed([{place: made.levels[0][place]}], made.size) for place in made.places]
    both = unpacked(joined(known[0], known[1]), made.size)[0]
    assert {place for place, node in enumerate(both) if node is not None} == set(made.places[:2])
    with pytest.raises(ValueError, match="one size"):
        joined(known[0], known[1][:-32])
