"""Tests that anybody may read the log as far as it is signed, and not an entry further."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.log_keys import log_key
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.read_log import read_checkpoint, read_tile
from comity.errors import NotFound
from comity.records.log.checkpoint import open_checkpoint
from comity.records.log.tiles import names, read_bundle
from comity.records.log.tree import Tree, leaf_hash
from tests.support.nodes import Freedonia, an_object, freedonia


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    """A node whose log is signed at 288 entries, and has grown since."""
    with freedonia(tmp_path) as hub:
        hub.put(*(an_object("malware", number) for number in range(280)))
        made = make_checkpoint(hub.node)
        assert made is not None
        assert made.size == 288
        hub.put(*(an_object("tool", number) for number in range(300)))
        yield hub


def test_who_reads_only_checkpoint_and_tiles_can_check_both(hub: Freedonia) -> None:
    told = open_checkpoint(read_checkpoint(hub.node), log_key(hub.node, "freedonia-csirt/comity/1"))
    tiles = {(name.level, name.number): read_tile(hub.node, name.path).body for name in names(told.size)}
    tiles[0, 0] = read_tile(hub.node, "0/000").body
    assert Tree(lambda level, number: tiles.get((level, number), b"")).root(told.size) == told.root
    entries = read_bundle(read_tile(hub.node, "entries/000").body) + read_bundle(tiles[-1, 1])
    assert b"".join(map(leaf_hash, entries)) == tiles[0, 0] + tiles[0, 1]


def test_full_tiles_are_told_from_those_that_grow(hub: Freedonia) -> None:
    assert read_tile(hub.node, "0/000").is_full
    assert not read_tile(hub.node, "0/001.p/32").is_full
    assert len(read_tile(hub.node, "0/001.p/7").body) == 7 * 32
    assert len(read_bundle(read_tile(hub.node, "entries/001.p/7").body)) == 7


@pytest.mark.parametrize(
    "path", ["0/001", "0/001.p/33", "entries/001", "entries/001.p/33", "1/000.p/2", "0/002.p/1", "2/000.p/1", "x", ""]
)
def test_what_is_not_signed_yet_is_not_there(hub: Freedonia, path: str) -> None:
    with pytest.raises(NotFound):
        read_tile(hub.node, path)


def test_before_the_first_checkpoint_nothing_is_there(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        with pytest.raises(NotFound):
            read_checkpoint(hub.node)
        with pytest.raises(NotFound):
            read_tile(hub.node, "0/000.p/1")
