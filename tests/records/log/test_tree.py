"""Tests the tree against the RFC's own definitions and the vectors that logs share."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.log import tree
from comity.records.log.tree import leaf_hash, node_hash, root_of, verify_consistency, verify_inclusion
from tests.support import logs
from tests.support.logs import Tiles, entries

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "log" / "tree.json").read_text(encoding="utf-8"))
LEAVES = [bytes.fromhex(entry) for entry in VECTORS["entries"]]
sizes = st.one_of(st.integers(1, 40), st.integers(250, 520), st.integers(65_530, 65_545))
_GIVEN = entries(65_545)
_WHOLE = Tiles(_GIVEN)


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_are_found(size: int) -> None:
    wanted = bytes.fromhex(VECTORS["roots"][size])
    assert Tiles(LEAVES[:size]).tree.root(size) == wanted
    assert Tiles(LEAVES).tree.root(size) == wanted
    assert root_of([leaf_hash(entry) for entry in LEAVES[:size]]) == wanted
    assert logs.mth(LEAVES[:size]) == wanted


def test_every_small_tree_has_the_root_and_the_proofs_of_the_definition() -> None:
    for size in range(1, 34):
        given_ = entries(size)
        found = Tiles(given_).tree
        assert found.root(size) == logs.mth(given_)
        for index in range(size):
            assert list(found.inclusion(index, size)) == logs.audit_path(index, given_)
        for first in range(1, size + 1):
            assert list(found.consistency(first, size)) == logs.consistency_path(first, given_)


@given(size=sizes, at=st.floats(0, 1, exclude_max=True))
@settings(max_examples=60)
def test_a_proof_of_a_large_tree_leads_to_its_root(size: int, at: float) -> None:
    index = int(at * size)
    path = _WHOLE.tree.inclusion(index, size)
    verify_inclusion(leaf_hash(_GIVEN[index]), index, size, path, _WHOLE.tree.root(size))
    with pytest.raises(RecordRejected):
        verify_inclusion(leaf_hash(_GIVEN[index] + b"?"), index, size, path, _WHOLE.tree.root(size))


@given(first=sizes, second=sizes)
@settings(max_examples=60)
def test_a_longer_log_is_shown_to_begin_with_a_shorter_one(first: int, second: int) -> None:
    first, second = sorted((first, second))
    path = _WHOLE.tree.consistency(first, second)
    roots = _WHOLE.tree.root(first), _WHOLE.tree.root(second)
    verify_consistency(first, roots[0], second, roots[1], path)
    with pytest.raises(RecordRejected):
        verify_consistency(first, b"x" * 32, second, roots[1], path)
    with pytest.raises(RecordRejected):
        verify_consistency(first, roots[0], second, b"x" * 32, path)


def test_a_rewritten_beginning_has_no_proof() -> None:
    given_ = entries(300)
    before = Tiles(given_[:200]).tree.root(200)
    given_[7] = b"\x01" + b"x" * 32
    after = Tiles(given_)
    with pytest.raises(RecordRejected, match="bad-consistency"):
        verify_consistency(200, before, 300, after.tree.root(300), after.tree.consistency(200, 300))


@given(st.data())
@settings(max_examples=60)
def test_no_changed_proof_passes(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    index = data.draw(st.integers(0, size - 1))
    path = list(_WHOLE.tree.inclusion(index, size))
    root = _WHOLE.tree.root(size)
    kind = data.draw(st.sampled_from(["flip", "drop", "add", "elsewhere"]))
    if kind == "flip":
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = bytes([path[at][0] ^ 1]) + path[at][1:]
    elif kind == "drop":
        path.pop(data.draw(st.integers(0, len(path) - 1)))
    elif kind == "add":
        path.insert(data.draw(st.integers(0, len(path))), b"x" * 32)
    place = index if kind != "elsewhere" else data.draw(st.sampled_from([i for i in range(-1, size + 1) if i != index]))
    with pytest.raises(RecordRejected, match="bad-inclusion"):
        verify_inclusion(leaf_hash(_GIVEN[index]), place, size, path, root)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=8), st.integers(-1, 40), st.integers(-1, 40))
def test_no_invented_consistency_passes(path: list[bytes], first: int, second: int) -> None:
    with pytest.raises(RecordRejected, match="bad-consistency"):
        verify_consistency(first, b"a" * 32, second, b"b" * 32, path)


def test_trees_of_one_size_agree_only_if_their_roots_do() -> None:
    verify_consistency(5, b"a" * 32, 5, b"a" * 32, ())
    verify_consistency(0, tree.EMPTY_ROOT, 5, b"a" * 32, ())
    for first, root, path in ((5, b"b" * 32, ()), (5, b"a" * 32, (b"x" * 32,)), (0, b"b" * 32, ())):
        with pytest.raises(RecordRejected):
            verify_consistency(first, root, 5, b"a" * 32, path)


def test_a_missing_tile_is_named() -> None:
    tiles = Tiles(entries(600))
    del tiles[0, 1]
    with pytest.raises(RecordRejected, match=r"missing-tile at \$.tile\[0\]\[1\]"):
        tree.Tree(tiles.read).inclusion(300, 600)


def test_what_is_not_in_the_tree_is_not_asked_of_it() -> None:
    for call in (lambda: _WHOLE.tree.inclusion(5, 5), lambda: _WHOLE.tree.consistency(6, 5)):
        with pytest.raises(ValueError):
            call()


def test_forgetting_tiles_changes_no_answer() -> None:
    given_ = entries(1500)
    tiles = Tiles(given_)
    forgetful = tree.Tree(tiles.read, remembered=1)
    for index in (0, 1499, 700, 3, 1498, 255, 256):
        assert forgetful.inclusion(index, 1500) == tiles.tree.inclusion(index, 1500)


def test_a_leaf_is_no_node() -> None:
    assert leaf_hash(b"a" * 64) != node_hash(b"a" * 32, b"a" * 32)
