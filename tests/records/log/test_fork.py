"""Tests that a proof of two histories holds for every pair of sizes, and that no honest log gives one."""

import pytest

from comity.errors import RecordRejected
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.fork import SignedState, check_fork, whole_path, write_fork
from comity.records.log.note import NoteKey
from comity.records.log.tree import consistency_roots
from tests.support.logs import KEY, ORIGIN, SIGNER, Tiles, entries

MOST = 40


def state(tiles: Tiles, size: int, origin: str = ORIGIN) -> SignedState:
    note = sign_checkpoint(Checkpoint(origin, size, tiles.tree.root(size)), SIGNER)
    return SignedState(note=note, key=NoteKey(origin, SIGNER.public))


def forked(at: int) -> Tiles:
    given = entries(MOST)
    given[at] = b"other"
    return Tiles(given)


def test_every_pair_of_sizes_is_led_to_both_roots() -> None:
    tiles = Tiles(entries(MOST))
    for first in range(1, MOST):
        for second in range(first + 1, MOST + 1):
            path = whole_path(tiles.tree, first, second)
            assert consistency_roots(first, second, path) == (tiles.tree.root(first), tiles.tree.root(second))


@pytest.mark.parametrize("at", [0, 7, 15])
def test_a_log_changed_before_the_smaller_size_gives_a_proof_at_every_size(at: int) -> None:
    honest, other = Tiles(entries(MOST)), forked(at)
    for first in range(at + 1, MOST):
        for second in range(first + 1, MOST + 1):
            path = whole_path(other.tree, first, second)
            found = check_fork(write_fork(state(honest, first), state(other, second), path))
            assert (found.first.size, found.second.size, found.first_key) == (first, second, KEY)


def test_a_log_that_leads_on_gives_none() -> None:
    honest, other = Tiles(entries(MOST)), forked(20)
    for first in range(1, 20):
        for second in range(first + 1, MOST + 1):
            path = whole_path(other.tree, first, second)
            with pytest.raises(RecordRejected, match="no-contradiction"):
                check_fork(write_fork(state(honest, first), state(other, second), path))


def test_two_roots_of_one_size_are_a_proof_and_one_root_is_none() -> None:
    honest, other = Tiles(entries(MOST)), forked(3)
    assert check_fork(write_fork(state(honest, 9), state(other, 9))).first.size == 9
    with pytest.raises(RecordRejected, match="no-contradiction"):
        check_fork(write_fork(state(honest, 9), state(honest, 9)))


def test_two_logs_are_no_proof() -> None:
    with pytest.raises(RecordRejected, match="no-contradiction"):
        check_fork(write_fork(state(Tiles(entries(MOST)), 9), state(forked(3), 9, "freedonia-csirt/comity/2")))


def test_a_smaller_checkpoint_that_came_later_is_none() -> None:
    tiles = Tiles(entries(MOST))
    with pytest.raises(RecordRejected, match="no-contradiction"):
        check_fork(write_fork(state(tiles, 20), state(tiles, 10)))


def test_no_hash_of_the_path_and_no_byte_of_the_notes_can_be_altered() -> None:
    honest, other = Tiles(entries(MOST)), forked(3)
    path = whole_path(other.tree, 9, 30)
    for n in range(len(path)):
        altered = (*path[:n], b"x" * 32, *path[n + 1 :])
        with pytest.raises(RecordRejected):
            check_fork(write_fork(state(honest, 9), state(other, 30), altered))
    raw = write_fork(state(honest, 9), state(other, 30), path)
    for before, after in ((b"\\n9\\n", b"\\n8\\n"), (b'"v":1', b'"v":2'), (b'"path":[', b'"path":["AAAA",')):
        assert before in raw
        with pytest.raises(RecordRejected):
            check_fork(raw.replace(before, after))
