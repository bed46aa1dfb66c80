"""Tests tiles and bundles: their names, their growth in steps, and their reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.log.tiles import (
    ENTRIES,
    TileName,
    cut_bundle,
    grow_tiles,
    names,
    read_bundle,
    read_path,
    write_bundle,
)
from comity.records.log.tree import parents
from tests.support import logs
from tests.support.logs import Tiles, entries


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0, 256), "0/000"),
        (TileName(0, 1_234_067, 256), "0/x001/x234/067"),  # the example of the specification
        (TileName(1, 273, 17), "1/273.p/17"),
        (TileName(63, 999, 255), "63/999.p/255"),
        (TileName(ENTRIES, 1000, 1), "entries/x001/000.p/1"),
    ],
)
def test_a_tile_has_its_name(name: TileName, path: str) -> None:
    assert name.path == path
    assert read_path(path) == name


@pytest.mark.parametrize(
    "path",
    """0/0 0/00 0/0000 00/000 64/000 -1/000 0/x000/000 0/000/ 0/000.p/0 0/000.p/256 0/000.p/01 0/000.p/ 0/x1/000 0/1234
    entries 0 entries/ data/000 0//000 0/../000 0/٠٠٠ 0/000.p/1.p/1 0/000?x 0/X001/000""".split(),
)
def test_what_is_no_name_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(RecordRejected, match="bad-path"):
        read_path(path)


def test_a_name_without_end_is_refused_at_once() -> None:
    with pytest.raises(RecordRejected):
        read_path("0/" + "x001/" * 100_000 + "000")


@given(st.integers(-1, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_every_name_is_read_back(level: int, number: int, width: int) -> None:
    name = TileName(level, number, width)
    assert read_path(name.path) == name


def test_a_log_of_70000_has_the_tiles_of_the_specifications_example() -> None:
    found = {name.level: (name.number, name.width) for name in names(70_000)}
    # 273 full and one of 112; one full and one of 17; one of 1.
    assert found == {ENTRIES: (273, 112), 0: (273, 112), 1: (1, 17), 2: (0, 1)}
    assert {name.level: name.width for name in names(256)} == {ENTRIES: 256, 0: 256, 1: 1}
    assert names(0) == []


@pytest.mark.parametrize(
    ("name", "end"), [("0/001.p/3", 259), ("1/000.p/1", 256), ("2/001", 512 << 16), ("0/000", 256)]
)
def test_a_tile_says_how_large_a_log_must_be_to_have_it(name: str, end: int) -> None:
    assert read_path(name).end == end


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(max_examples=30)
def test_a_log_that_grows_in_steps_has_the_tiles_of_one_that_grew_at_once(steps: list[int]) -> None:
    given_ = entries(sum(steps))
    grown, at = Tiles(), 0
    for step in steps:
        grown.append(given_[at : at + step])
        at += step
    assert grown == Tiles(given_)
    assert grown.tree.root(at) == logs.mth(given_)


def test_a_hash_on_level_one_is_the_root_of_its_tile() -> None:
    given_ = entries(512)
    assert Tiles(given_)[1, 0] == logs.mth(given_[:256]) + logs.mth(given_[256:])


def test_what_appends_to_a_damaged_tile_is_refused() -> None:
    with pytest.raises(RecordRejected, match="missing-tile"):
        grow_tiles(5, lambda level, number: b"x" * 32, entries(1))


@given(st.lists(st.binary(max_size=80), max_size=256))
def test_a_bundle_is_read_back(given_: list[bytes]) -> None:
    assert read_bundle(write_bundle(given_)) == given_
    half = len(given_) // 2
    assert cut_bundle(write_bundle(given_), half) == write_bundle(given_[:half])
    assert write_bundle(given_[:half]) + write_bundle(given_[half:]) == write_bundle(given_)


@pytest.mark.parametrize("bundle", [b"\0", b"\0\x05abcd", b"\0\x01a\xff\xff", write_bundle([b"a"] * 257)])
def test_a_bundle_that_is_none_is_refused(bundle: bytes) -> None:
    with pytest.raises(RecordRejected, match="bad-bundle"):
        read_bundle(bundle)


def test_a_row_above_has_half_the_hashes() -> None:
    assert len(parents(b"x" * 256)) == 128


@given(st.integers(0, 300), st.integers(0, 40))
def test_entries_of_one_length_are_read_as_any_others(count: int, length: int) -> None:
    given_ = [bytes([number % 256]) * length for number in range(count)]
    odd = [*given_, b"x" * (length + 1)]
    for one in (given_, odd):
        if len(one) > 256:
            with pytest.raises(RecordRejected, match="bad-bundle"):
                read_bundle(write_bundle(one))
        else:
            assert read_bundle(write_bundle(one)) == one
